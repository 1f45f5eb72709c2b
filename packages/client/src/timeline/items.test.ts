import { expect, test } from "vitest";
import type { PendingMessage } from "../api.ts";
import { ALICE, BOB, message, ROOM_ID } from "../testing/messages.ts";
import { itemsOf } from "./items.ts";

const pending = (clientId: string): PendingMessage => ({
  clientId,
  roomId: ROOM_ID,
  text: "hello",
  replyTo: null,
  createdAt: 0,
  delivery: { state: "sending", sinceMs: 0 },
});

test("a message that is confirmed and still pending is shown once, under the key it had", () => {
  const own = message({ seq: 1, rev: 1, senderId: ALICE, clientId: "c1" });
  const before = itemsOf([], [pending("c1"), pending("c2")], ALICE, new WeakMap());
  const after = itemsOf([own], [pending("c1"), pending("c2")], ALICE, new WeakMap());
  expect(before.map(({ kind, key }) => [kind, key])).toEqual([
    ["pending", "c1"],
    ["pending", "c2"],
  ]);
  expect(after.map(({ kind, key }) => [kind, key])).toEqual([
    ["message", "c1"],
    ["pending", "c2"],
  ]);
});

test("somebody else's clientId is none of one's own messages", () => {
  const foreign = message({ seq: 1, rev: 1, senderId: BOB, clientId: "c1" });
  const items = itemsOf([foreign], [pending("c1")], ALICE, new WeakMap());
  expect(items.map(({ kind }) => kind)).toEqual(["message", "pending"]);
});

test("an unchanged message is the same item, so that nothing is drawn again", () => {
  const cache = new WeakMap();
  const unchanged = message({ seq: 1, rev: 1 });
  const [before] = itemsOf([unchanged], [], ALICE, cache);
  const [after] = itemsOf([unchanged, message({ seq: 2, rev: 2 })], [], ALICE, cache);
  expect(after).toBe(before);
});
