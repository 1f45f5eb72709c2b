import type { Member, User } from "@moim/protocol";
import { expect, it } from "vitest";
import { knownPeople } from "./known-people.ts";

const member = (userId: string): Member => ({ userId, role: "member", readSeq: 0, joinedAt: 0 });
const room = (kind: "direct" | "group", ...userIds: string[]) => ({
  kind,
  members: ["me", ...userIds].map(member),
});
const user = (id: string): User => ({ id, nickname: id, name: id, bio: "", avatarUrl: null });
const idsOf = (
  rooms: readonly ReturnType<typeof room>[],
  find = user as (id: string) => User | null,
) => knownPeople(rooms, "me", find).map(({ id }) => id);

it("those one writes to alone come first, each once, oneself never", () => {
  const rooms = [room("group", "a", "b"), room("direct", "c"), room("direct", "a")];
  expect(idsOf(rooms)).toEqual(["c", "a", "b"]);
});

it("nobody whose name is not known, and no deleted account", () => {
  const deleted = { ...user("gone"), name: "", nickname: "" };
  const find = (id: string) => (id === "unknown" ? null : id === "gone" ? deleted : user(id));
  expect(idsOf([room("group", "unknown", "gone", "a")], find)).toEqual(["a"]);
});

it("no more than one can look through", () => {
  const many = Array.from({ length: 100 }, (_, index) => `${index}`);
  expect(idsOf([room("group", ...many)])).toHaveLength(20);
});
