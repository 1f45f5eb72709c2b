import { expect, test } from "vitest";
import { findAnsweringOthers } from "./check-words.ts";
import type { Entry } from "./history.ts";
import { ALICE, BOB, goodHistory, ROOM, sent, storedRoom, text } from "./testing.ts";

const written = (replyTo: number | null): Entry => ({ ...sent("c5", 900), replyTo }) as Entry;
const asked = (replyTo: number | null | undefined, userId = ALICE): Entry => {
  const who = { client: userId, userId, socket: 1, id: 1 };
  const request = { event: "message:send", roomId: ROOM, clientId: "c5", replyTo };
  return { kind: "asked", at: 901, ...who, ...request };
};
const foundOf = (replyTo: number | null, ...entries: Entry[]) => {
  const rooms = [storedRoom([text(5, { replyTo, text: null, deletedAt: 2_000 })])];
  return findAnsweringOthers(goodHistory({ entries, rooms })).map(({ what }) => what);
};

test("an answer is stored as one to the message that was answered, whatever became of its text", () => {
  expect(foundOf(3, written(3), asked(3))).toEqual([]);
  expect(foundOf(2, written(3), asked(3))).toEqual([
    "stored as an answer to 2, and written as an answer to 3",
  ]);
  expect(foundOf(null, written(3), asked(3))).toEqual([
    "stored as no answer, and written as an answer to 3",
  ]);
});

test("what its outbox sent otherwise than it was written is found, too", () => {
  expect(foundOf(2, written(3), asked(2))).toHaveLength(1);
  expect(foundOf(3, written(3), asked(null))).toHaveLength(1);
});

test("what answers nothing is stored so, from a plain socket that does not speak of it as well", () => {
  expect(foundOf(null, written(null), asked(undefined))).toEqual([]);
  expect(foundOf(4, asked(undefined))).toEqual([
    "stored as an answer to 4, and written as no answer",
  ]);
  expect(foundOf(4, asked(undefined, BOB))).toEqual([]);
});
