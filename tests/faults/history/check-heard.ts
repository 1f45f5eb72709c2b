import { entriesOf, groupBy } from "./entries.ts";
import type { Allowances, Entry, History, StoredRoom, Violation } from "./history.ts";
import { maySee, type Stay, staysOf } from "./membership.ts";
import { tokensBySocket, wasValid } from "./tokens.ts";

const SAYS_HOW_FAR: ReadonlySet<string> = new Set(["room:head", "room:added"]);

/** What was committed so shortly before a fault may have been on its way when it struck. */
const UNDER_WAY_MS = 1_000;

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
 * `room:head`, or `resync`: then it knows at least that there is something. `healedMs` instead of `heardMs`: what
 * was committed while something was broken, or just before, has its time from the end of that on.
 */
export function findUnheard(
  history: History,
  { heardMs, healedMs }: Pick<Allowances, "heardMs" | "healedMs">,
): Violation[] {
  const withinMs = heardMs ?? healedMs;
  if (withinMs === undefined) return [];
  const dueFrom = heardMs === undefined ? fromTheEndOf(history) : (at: number) => at;
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
          isDue(commit, own, socket, dueFrom(commit.at) + withinMs) &&
          wasValid(tokens, socket.socket, commit.at, dueFrom(commit.at) + withinMs),
      );
      return due.flatMap((commit): Violation[] => {
        const heardAt = firstWordOf(commit, told, resynced);
        if (heardAt <= dueFrom(commit.at) + withinMs) return [];
        return [late(room.roomId, socket, commit, heardAt, withinMs)];
      });
    });
  });
}

/** Whether somebody has not heard of something by now, and it is not too late yet: it would be judged only by then. */
export function isSomethingUnheard(
  history: History,
  allowances: Pick<Allowances, "heardMs" | "healedMs">,
  now: number,
): boolean {
  const seenAt = (at: number): History => {
    const look: Entry = { kind: "fault", at, what: "somebody looks" };
    return { ...history, entries: [...history.entries, look] };
  };
  const later = now + 2 * (allowances.heardMs ?? allowances.healedMs ?? 0);
  const late = findUnheard(seenAt(now), allowances);
  return findUnheard(seenAt(later), allowances).length > late.length;
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
  dueAt: number,
): boolean {
  if (commit.at < from || dueAt > until) return false;
  return stays.some((stay) => maySee([stay], commit) && stay.untilAt >= dueAt);
}

/** From when on the time counts of what was committed then: that end may lie in the middle of the next fault. */
function fromTheEndOf({ entries }: History): (at: number) => number {
  const struck = entriesOf(entries, "struck").sort((one, other) => one.at - other.at);
  return (at) =>
    struck.reduce(
      (from, { at: begun, until }) => (from > begun - UNDER_WAY_MS && from < until ? until : from),
      at,
    );
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
  const end = entries.at(-1)?.at ?? 0;
  return entriesOf(entries, "ready").map(({ socket, client, userId, at }) => {
    return { socket, client, userId, from: at, until: ends.get(socket) ?? end };
  });
}
