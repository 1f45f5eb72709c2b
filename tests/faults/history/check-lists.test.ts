import { expect, test } from "vitest";
import { check } from "./check.ts";
import type { Listing } from "./history.ts";
import { ALICE, goodHistory, ROOM } from "./testing.ts";

const ALLOWANCES = { revocationMs: 0, expiryMs: 0, unheededMs: 0 };
const STORED: Listing = { title: "all", isMuted: false, lastSeq: 4, readSeq: 2, unread: 2 };

function found(shown: Listing | undefined, stored: Listing | undefined): string[] {
  const lists = [{ client: ALICE, roomId: ROOM, shown, stored }];
  return check(goodHistory({ lists }), ALLOWANCES).map(({ rule, what }) => `${rule}: ${what}`);
}

test("a list of rooms that says what the database says", () => {
  expect(found({ ...STORED }, STORED)).toEqual([]);
  expect(found(undefined, undefined)).toEqual([]);
});

test("a list of rooms that says something else", () => {
  expect(found({ ...STORED, unread: 3, title: "as bob says" }, STORED)).toEqual([
    "gap: the list of rooms says title as bob says, and it is all",
    "gap: the list of rooms says unread 3, and it is 2",
  ]);
  expect(found({ ...STORED, readSeq: 1 }, STORED)).toHaveLength(1);
  expect(found({ ...STORED, lastSeq: 3 }, STORED)).toHaveLength(1);
  expect(found({ ...STORED, isMuted: true }, STORED)).toHaveLength(1);
});

test("a list of rooms that lacks one, or holds one of which nobody is a member any more", () => {
  expect(found(undefined, STORED)).toEqual(["gap: not in the list of rooms"]);
  expect(found(STORED, undefined)).toEqual(["leak: no member, and the list of rooms has it"]);
});
