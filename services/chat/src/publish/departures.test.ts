import { expect, it } from "vitest";
import { Departures } from "./departures.ts";

it("a departure is since a join before it, and not since one after it", () => {
  const departures = new Departures();
  departures.note({ roomId: "r", userId: "u", rev: 7 });
  expect([6, 7, 8].map((rev) => departures.isSince("r", "u", rev))).toEqual([true, false, false]);
  expect(departures.isSince("r", "other", 6)).toBe(false);
  expect(departures.isSince("other", "u", 6)).toBe(false);
});

it("an older departure, told late, changes nothing", () => {
  const departures = new Departures();
  departures.note({ roomId: "r", userId: "u", rev: 7 });
  departures.note({ roomId: "r", userId: "u", rev: 3 });
  expect(departures.isSince("r", "u", 6)).toBe(true);
});

it("remembers no more than the newest ten thousand", () => {
  const departures = new Departures();
  for (let user = 0; user <= 10_000; user++) {
    departures.note({ roomId: "r", userId: `${user}`, rev: 2 });
  }
  expect(["0", "1", "10000"].map((user) => departures.isSince("r", user, 1))).toEqual([
    false,
    true,
    true,
  ]);
});
