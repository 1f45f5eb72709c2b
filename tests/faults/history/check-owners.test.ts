import { expect, test } from "vitest";
import { findWrongOwners, findWrongRoles, reignsOf } from "./check-owners.ts";
import type { StoredMember } from "./history.ts";
import { ALICE, BOB, goodHistory, member, notice, ROOM, storedRoom, text } from "./testing.ts";

const CAROL = "carol";
/** Alice made it with Bob, Carol came, Alice left and came back, Bob left: Carol is there for longest. */
const HANDED_ON = [
  ...[notice(1, "created", BOB), notice(2, "invited", CAROL), notice(3, "left", ALICE)],
  ...[notice(4, "invited", ALICE), notice(5, "left", BOB), text(6)],
] as const;
const owner = (userId: string) => member(userId, { role: "owner" });
const foundIn = (...members: StoredMember[]) => {
  const rooms = [storedRoom(HANDED_ON, { members })];
  return findWrongOwners(goodHistory({ rooms })).map(({ rule, what }) => `${rule}: ${what}`);
};

test("whoever has been there for longest owns what its owner has left", () => {
  expect(reignsOf(storedRoom(HANDED_ON))).toEqual([[ALICE], [BOB], [CAROL]]);
  expect(foundIn(member(ALICE), owner(CAROL))).toEqual([]);
  expect(foundIn(owner(ALICE), member(CAROL))).toEqual([
    "order: the group is owned by alice, and it is the turn of carol",
  ]);
});

test("a group with members has an owner, and one only; without members none", () => {
  expect(foundIn(member(ALICE), member(CAROL))).toEqual(["lost: nobody owns the group"]);
  expect(foundIn(owner(ALICE), owner(CAROL))).toEqual([
    "doubled: the group is owned by alice and carol",
  ]);
  expect(foundIn()).toEqual([]);
});

test("of those who came at once either may be the next, and who is removed hands nothing on", () => {
  const together = [
    ...[notice(1, "created", BOB, CAROL), notice(2, "removed", "dan"), notice(3, "left", ALICE)],
  ];
  expect(reignsOf(storedRoom(together))).toEqual([[ALICE], [BOB, CAROL]]);
  const left = storedRoom([...together, notice(4, "left", BOB)]);
  expect(reignsOf(left).at(-1)).toEqual([CAROL]);
});

test("nobody owns a direct room", () => {
  const direct = (...members: StoredMember[]) =>
    findWrongOwners(goodHistory({ rooms: [storedRoom([text(1)], { members })] }));
  expect(direct(member(ALICE), member(BOB))).toEqual([]);
  expect(direct(owner(ALICE), member(BOB))).toHaveLength(1);
});

test("wherever a member sees who is there, it says of each what they are", () => {
  const rooms = [storedRoom(HANDED_ON, { members: [member(ALICE), owner(CAROL)] })];
  const shownTo = (userId: string, roles: [string, "owner" | "member"][]) => {
    const where = "members" as const;
    const people = [{ client: userId, userId, roomId: ROOM, where, roles: new Map(roles) }];
    return findWrongRoles(goodHistory({ rooms, people })).map(({ rule, what }) => {
      return `${rule}: ${what}`;
    });
  };
  const right: [string, "owner" | "member"][] = [
    [ALICE, "member"],
    [CAROL, "owner"],
  ];
  expect(shownTo(ALICE, right)).toEqual([]);
  expect(shownTo(ALICE, [...right, [BOB, "member"]])).toEqual([
    "gap: the list of members says that bob is member, and it is no member",
  ]);
  expect(shownTo(ALICE, [[ALICE, "owner"]])).toEqual([
    "gap: the list of members says that alice is owner, and it is member",
    "gap: the list of members says that carol is no member, and it is owner",
  ]);
  // Whoever has left may see them as they were.
  expect(shownTo(BOB, [[BOB, "owner"]])).toEqual([]);
});
