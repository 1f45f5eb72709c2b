import { expect, test } from "vitest";
import { findCutOff, findSilenced } from "./check-meanwhile.ts";
import type { Entry } from "./history.ts";
import { ALICE, acknowledged, goodHistory, MESSAGES, notice, sent, storedRoom } from "./testing.ts";

const ready = (repairs: boolean, nodeId = "chat-1", at = 0): Entry => {
  return { kind: "ready", at, client: ALICE, userId: ALICE, socket: 1, nodeId, repairs };
};
const closed = (at: number): Entry => ({ kind: "closed", at, client: ALICE, socket: 1 });
const struck = (nodeId?: string): Entry => {
  return { kind: "struck", at: 1_100, until: 5_600, fault: "redis paused", nodeId };
};
const writing = [sent("c1", 900), sent("c2", 5_600)];
const heardAt = (at: number): Entry => ({ ...acknowledged("c", 1), at }) as Entry;
const silenced = (...entries: Entry[]) =>
  findSilenced(goodHistory({ entries: [...entries, ...writing] })).map(({ what }) => what);

test("whoever writes on a node that is well is acknowledged while something else is broken", () => {
  const onTime = [1_600, 2_500, 3_500, 4_500].map(heardAt);
  expect(silenced(ready(true), struck(), ...onTime)).toEqual([]);
  expect(silenced(ready(true), struck(), heardAt(900), heardAt(5_700))).toEqual([
    "0 sends were acknowledged within 4000 ms: redis paused",
  ]);
});

test("nothing is asked of the struck node, of who came or went meanwhile, or who repairs nothing", () => {
  expect(silenced(ready(true, "chat-2"), struck("chat-2"))).toEqual([]);
  expect(silenced(ready(true, "chat-1"), struck("chat-2"))).toHaveLength(1);
  expect(silenced(ready(true), closed(3_000), struck())).toEqual([]);
  expect(silenced(ready(true, "chat-1", 1_200), struck())).toEqual([]);
  expect(silenced(ready(false), struck())).toEqual([]);
  const left = notice(5, "left", ALICE);
  const rooms = [storedRoom([...MESSAGES, { ...left, createdAt: 2_000 }])];
  const entries = [ready(true), struck(), ...writing];
  expect(findSilenced(goodHistory({ entries, rooms }))).toEqual([]);
});

test("a plain socket that ends while something is broken was cut off", () => {
  const found = (at: number, repairs = false) =>
    findCutOff(goodHistory({ entries: [ready(repairs), closed(at), struck()] }));
  expect(found(3_000)).toMatchObject([{ rule: "unserved", client: ALICE, at: 3_000 }]);
  expect([...found(900), ...found(6_000), ...found(3_000, true)]).toEqual([]);
});
