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
const refused = (...entries: Entry[]) =>
  findRefused(goodHistory({ rooms, entries })).map(({ what }) => what);

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

test("a token that has run out is in force until its renewal is answered, and no longer", () => {
  const token = (at: number, expiresAt: number): Entry => {
    return { kind: "token", at, client: BOB, socket: 1, expiresAt, sessionId: "s" };
  };
  const renewal = { ...{ event: "token:renew", id: 2, askedAt: 1_005 }, at: 1_020 };
  const tokens = [
    ...[token(0, 1_000), token(1_005, 9_000)],
    { ...answered("ok", {}), ...renewal } as Entry,
  ];
  expect(refused(...tokens, answered("token_expired", {}))).toEqual([]);
  const later = { ...answered("token_expired", {}), askedAt: 1_021, at: 1_022 } as Entry;
  expect(refused(...tokens, later)).toHaveLength(1);
  expect(refused(token(0, 1_012), answered("token_expired", {}))).toHaveLength(1);
});
