import { entriesOf, groupBy } from "./entries.ts";
import type { Entry, EntryOf, History, StoredRoom, Violation } from "./history.ts";
import { maySee, type Stay, staysOf } from "./membership.ts";
import { tokensBySocket, wasValid } from "./tokens.ts";

const SAYS_HOW_FAR: ReadonlySet<string> = new Set(["room:head", "room:added"]);

type Commit = StoredRoom["commits"][number];
/** One socket that was ready, from when to when. */
type Standing = { socket: number; client: string; userId: string; from: number; until: number };
/** What one socket was told of one room. */
type Words = {
  /** States of messages by their place, and when each came. */
  states: Map<number, { rev: number; at: number }[]>;
  /** How far the room was said to be. */
  heads: { rev: number; at: number }[];
};

/**
 * Whatever is committed, an edit as much as a message, every member's socket that stands gets it in time, or
 * `room:head`, or `resync`: then it knows at least that there is something.
 */
export function findUnheard(history: History, withinMs: number): Violation[] {
  const words = wordsOf(history);
  const resyncs = resyncsOf(history);
  const standing = standingSockets(history);
  const tokens = tokensBySocket(history);
  return history.rooms.flatMap((room) => {
    const stays = staysOf(room);
    return standing.flatMap((socket) => {
      const own = stays.get(socket.userId) ?? [];
      const told = words.get(`${socket.socket} ${room.roomId}`);
      const resynced = resyncs.get(socket.socket) ?? [];
      const due = room.commits.filter(
        (commit) =>
          isDue(commit, own, socket, withinMs) &&
          wasValid(tokens, socket.socket, commit.at, commit.at + withinMs),
      );
      return due.flatMap((commit): Violation[] => {
        const heardAt = firstWordOf(commit, told, resynced);
        if (heardAt <= commit.at + withinMs) return [];
        return [late(room.roomId, socket, commit, heardAt, withinMs)];
      });
    });
  });
}

function firstWordOf(
  commit: Commit,
  words: Words | undefined,
  resynced: readonly number[],
): number {
  const states = words?.states.get(commit.seq) ?? [];
  return Math.min(
    ...states.filter(({ rev }) => rev >= commit.rev).map(({ at }) => at),
    ...(words?.heads ?? []).filter(({ rev }) => rev >= commit.rev).map(({ at }) => at),
    // It says that anything up to then may be missing.
    ...resynced.filter((at) => at >= commit.at),
  );
}

function isDue(
  commit: Commit,
  stays: readonly Stay[],
  { from, until }: Standing,
  ms: number,
): boolean {
  if (commit.at < from || commit.at + ms > until) return false;
  return stays.some((stay) => maySee([stay], commit) && stay.untilAt >= commit.at + ms);
}

function late(
  roomId: string,
  { client }: Standing,
  { seq, rev, at }: Commit,
  heardAt: number,
  withinMs: number,
): Violation {
  const when = Number.isFinite(heardAt) ? `after ${heardAt - at} ms` : "never";
  const what = `rev ${rev} (${seq}) was heard of ${when}; ${withinMs} ms are promised`;
  return { rule: "late", roomId, seq, client, what };
}

function wordsOf({ entries }: History): Map<string, Words> {
  const all = new Map<string, Words>();
  const wordsIn = (key: string): Words => {
    const words = all.get(key) ?? { states: new Map(), heads: [] };
    all.set(key, words);
    return words;
  };
  for (const entry of entries) {
    if (entry.kind === "arrived") {
      const { states } = wordsIn(`${entry.socket} ${entry.roomId}`);
      const { seq, rev } = entry.message;
      states.set(seq, [...(states.get(seq) ?? []), { rev, at: entry.at }]);
    } else if (entry.kind === "signal" && SAYS_HOW_FAR.has(entry.name)) {
      const { heads } = wordsIn(`${entry.socket} ${entry.roomId}`);
      heads.push({ rev: entry.rev ?? 0, at: entry.at });
    }
  }
  return all;
}

function resyncsOf({ entries }: History): Map<number, number[]> {
  const resyncs = entriesOf(entries, "signal").filter(({ name }) => name === "resync");
  const bySocket = groupBy(resyncs, ({ socket }) => socket);
  return new Map([...bySocket].map(([socket, all]) => [socket, all.map(({ at }) => at)]));
}

function standingSockets({ entries }: History): Standing[] {
  const ends = new Map(entriesOf(entries, "closed").map(({ socket, at }) => [socket, at]));
  const users = new Map(entries.flatMap((entry) => userOf(entry)));
  const end = entries.at(-1)?.at ?? 0;
  return entriesOf(entries, "ready").flatMap(({ socket, client, at }: EntryOf<"ready">) => {
    const userId = users.get(client);
    if (userId === undefined) return [];
    return [{ socket, client, userId, from: at, until: ends.get(socket) ?? end }];
  });
}

function userOf(entry: Entry): [client: string, userId: string][] {
  return entry.kind === "arrived" || entry.kind === "signal" ? [[entry.client, entry.userId]] : [];
}
