import { expect, test } from "vitest";
import { findNotServed, servingsOf } from "./check-live.ts";
import type { Entry } from "./history.ts";
import {
  ALICE,
  acknowledged,
  BOB,
  goodHistory,
  MESSAGES,
  notice,
  ROOM,
  storedRoom,
  text,
  told,
} from "./testing.ts";

/** Alice writes on her own socket, the second; it is stored as the fifth, while Redis is away. */
const LATE = text(5, { createdAt: 3_000 });
const rooms = [storedRoom([...MESSAGES, LATE])];
const WRITES = { client: ALICE, userId: ALICE, socket: 2 };

const ready = (userId: string, nodeId: string, repairs = true, at = 0): Entry => {
  const socket = userId === ALICE ? 2 : 1;
  return { kind: "ready", at, client: userId, userId, socket, nodeId, repairs };
};
const asked = (id: number): Entry => {
  const request = { event: "message:send", roomId: ROOM, clientId: "c5" };
  return { kind: "asked", at: 2_990, id, ...WRITES, ...request };
};
const answered: Entry = {
  ...asked(1),
  kind: "answered",
  at: 3_010,
  askedAt: 2_990,
  outcome: "ok",
} as Entry;
const struck: Entry = {
  kind: "struck",
  at: 2_500,
  until: 5_500,
  fault: "redis paused",
  nodeId: undefined,
};
const end: Entry = { kind: "fault", at: 20_000, what: "the end" };
const head: Entry = {
  kind: "signal",
  at: 3_400,
  client: BOB,
  socket: 1,
  userId: BOB,
  name: "room:head",
  roomId: ROOM,
  rev: 5,
};
const closed: Entry = { kind: "closed", at: 4_000, client: BOB, socket: 1 };

const SENT = [asked(1), answered, { ...acknowledged("c5", 5), at: 3_010 } as Entry, struck, end];
const ON_ONE_NODE = [ready(ALICE, "chat-1"), ready(BOB, "chat-1")];
const found = (...entries: Entry[]) =>
  findNotServed(goodHistory({ rooms, entries: [...entries, ...SENT] }), 1_500).map(
    ({ what }) => what,
  );

test("what is written while Redis is away is on the sockets of the same node in time", () => {
  expect(found(...ON_ONE_NODE, told(BOB, LATE, 4_500))).toEqual([]);
  expect(found(...ON_ONE_NODE, told(BOB, LATE, 4_501))).toEqual([
    "5 came to another socket of the same node after 1501 ms; 1500 ms are promised",
  ]);
  expect(found(...ON_ONE_NODE)).toEqual([
    "5 came to another socket of the same node never; 1500 ms are promised",
  ]);
});

test("a word that there is something to fetch is enough for who fetches nothing, and for nobody else", () => {
  expect(found(ready(ALICE, "chat-1"), ready(BOB, "chat-1", false), head)).toEqual([]);
  expect(found(...ON_ONE_NODE, head)).toHaveLength(1);
  expect(
    found(...ON_ONE_NODE, head, { ...told(BOB, LATE, 3_500), path: "fetched" } as Entry),
  ).toEqual([]);
});

test("nothing is asked of another node, of who was not there all the time, or of what nobody knows the node of", () => {
  expect(found(ready(ALICE, "chat-1"), ready(BOB, "chat-2"))).toEqual([]);
  expect(found(...ON_ONE_NODE, closed)).toEqual([]);
  expect(found(ready(ALICE, "chat-1"), ready(BOB, "chat-1", true, 3_001))).toEqual([]);
  expect(found(...ON_ONE_NODE, asked(2))).toEqual([]);
  expect(
    findNotServed(
      goodHistory({ rooms, entries: [...ON_ONE_NODE, ...SENT.slice(0, 2), struck, end] }),
      1_500,
    ),
  ).toEqual([]);
});

test("what is committed while nothing is broken, or for who leaves meanwhile, is not asked for here", () => {
  const servings = (history: Parameters<typeof goodHistory>[0]) =>
    servingsOf(goodHistory(history), 1_500).length;
  const entries = [...ON_ONE_NODE, ...SENT];
  expect(servings({ rooms, entries })).toBe(1);
  expect(servings({ rooms, entries: entries.filter((entry) => entry !== struck) })).toBe(0);
  const left = { ...notice(6, "left", BOB), createdAt: 3_500 };
  expect(servings({ rooms: [storedRoom([...MESSAGES, LATE, left])], entries })).toBe(0);
});
