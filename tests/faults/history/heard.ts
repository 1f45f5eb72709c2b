import { entriesOf, groupBy } from "./entries.ts";
import type { History, StoredRoom } from "./history.ts";

const SAYS_HOW_FAR: ReadonlySet<string> = new Set(["room:head", "room:added"]);

export type Commit = StoredRoom["commits"][number];
/** One socket that was ready, from when to when. */
export type Standing = {
  socket: number;
  client: string;
  userId: string;
  nodeId: string;
  repairs: boolean;
  from: number;
  until: number;
};
/** What one socket was told of one room. */
export type Words = {
  /** States of messages by their place, and when each came. */
  states: Map<number, { rev: number; at: number }[]>;
  /** How far the room was said to be. */
  heads: { rev: number; at: number }[];
};

/** When a socket got it, or was told that there is something to fetch. */
export function firstWordOf(
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

export function wordsOf({ entries }: History): Map<string, Words> {
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

export function resyncsOf({ entries }: History): Map<number, number[]> {
  const resyncs = entriesOf(entries, "signal").filter(({ name }) => name === "resync");
  const bySocket = groupBy(resyncs, ({ socket }) => socket);
  return new Map([...bySocket].map(([socket, all]) => [socket, all.map(({ at }) => at)]));
}

export function standingSockets({ entries }: History): Standing[] {
  const ends = new Map(entriesOf(entries, "closed").map(({ socket, at }) => [socket, at]));
  const end = entries.at(-1)?.at ?? 0;
  return entriesOf(entries, "ready").map(({ at, socket, ...ready }) => {
    return { socket, ...ready, from: at, until: ends.get(socket) ?? end };
  });
}
