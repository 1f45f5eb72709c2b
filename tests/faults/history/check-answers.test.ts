import { expect, test } from "vitest";
import { findFailed, findRefused } from "./check-answers.ts";
import type { Entry } from "./history.ts";
import { BOB, goodHistory, notice, ROOM, sent, storedRoom, text, viewOf } from "./testing.ts";

/** Bob is in from the first place, out from the third, and in again from the fourth on. */
const MOVES = [
  ...[notice(1, "created", BOB), text(2), notice(3, "removed", BOB), notice(4, "invited", BOB)],
] as const;
const rooms = [storedRoom(MOVES)];

const answered = (outcome: string, more: { at?: number; replyTo?: number }): Entry => {
  const who = { client: BOB, userId: BOB, socket: 1, id: 1 };
  const request = { event: "message:send", roomId: ROOM, clientId: "c9" };
  return { kind: "answered", askedAt: 1_010, at: 1_011, ...who, ...request, outcome, ...more };
};
const refused = (entry: Entry) =>
  findRefused(goodHistory({ rooms, entries: [entry] })).map(({ what }) => what);

test("a member is not refused, nor an answer to what they may see", () => {
  const found = ["a send was answered not_found, and nothing explains it"];
  expect(refused(answered("not_found", {}))).toEqual(found);
  expect(refused(answered("not_found", { replyTo: 4 }))).toEqual(found);
});

test("what was said during an earlier stay cannot be answered any more", () => {
  expect(refused(answered("not_found", { replyTo: 2 }))).toEqual([]);
  expect(refused(answered("internal", { replyTo: 2 }))).toHaveLength(1);
});

test("whoever answers what was said during an earlier stay is shown that it failed", () => {
  const views = [{ ...viewOf(BOB, []), pending: [{ clientId: "c9", state: "failed" }] }];
  const failed = (replyTo: number | null) => {
    const written = { ...sent("c9", 1_010), client: BOB, userId: BOB, replyTo } as Entry;
    return findFailed(goodHistory({ rooms, views, entries: [written] }));
  };
  expect(failed(2)).toEqual([]);
  expect([failed(4), failed(null)].map(({ length }) => length)).toEqual([1, 1]);
});
