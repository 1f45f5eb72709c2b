import { expect, it } from "vitest";
import { planRooms, SCENARIOS, type ScenarioName, shareUsers } from "./plan.ts";

const names = Object.keys(SCENARIOS) as ScenarioName[];

it.each(names)("%s puts everybody into a room, nobody twice, and is the same again", (scenario) => {
  const request = { scenario, users: 47, members: 20, seed: 5 };
  const rooms = planRooms(request);
  expect(new Set(rooms.flatMap(({ members }) => members)).size).toBe(47);
  for (const { kind, members } of rooms) {
    expect(new Set(members).size).toBe(members.length);
    expect(members.length).toBeGreaterThanOrEqual(2);
    if (kind === "direct") expect(members).toHaveLength(2);
  }
  expect(planRooms(request)).toEqual(rooms);
});

it("makes as many rooms as asked for, with people in several of them", () => {
  const rooms = planRooms({ scenario: "rooms", users: 100, rooms: 50, members: 20, seed: 1 });
  expect(rooms).toHaveLength(50);
  expect(rooms.every(({ members }) => members.length === 20)).toBe(true);
  const perUser = new Map<number, number>();
  for (const user of rooms.flatMap(({ members }) => members)) {
    perUser.set(user, (perUser.get(user) ?? 0) + 1);
  }
  expect([...perUser.values()].every((count) => count === 10)).toBe(true);
});

it("makes no pair twice: the server would answer with the same room", () => {
  const rooms = planRooms({ scenario: "dm", users: 5, rooms: 1_000, members: 2, seed: 1 });
  expect(rooms).toHaveLength(10);
});

it("shares all users among the workers", () => {
  expect(shareUsers(10, 3)).toEqual([
    { first: 0, end: 3 },
    { first: 3, end: 6 },
    { first: 6, end: 10 },
  ]);
});
