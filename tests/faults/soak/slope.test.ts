import { expect, test } from "vitest";
import { growth, slopePerHour } from "./slope.ts";

const everyMinute = (...values: number[]) =>
  values.map((value, index) => ({ at: index * 60_000, value }));

test("what grows by one a minute grows by sixty an hour", () => {
  expect(slopePerHour(everyMinute(5, 6, 7, 8, 9))).toBeCloseTo(60);
});

test("one odd sample is not a slope", () => {
  expect(slopePerHour(everyMinute(5, 5, 90, 5, 5, 5))).toBe(0);
});

test("a single sample has no slope", () => {
  expect(slopePerHour(everyMinute(5))).toBe(0);
});

test("warming up is no growth; going on is", () => {
  expect(growth(everyMinute(10, 40, 50, 50, 50, 50, 50, 50, 50))).toEqual({
    before: 50,
    after: 50,
  });
  const { before, after } = growth(everyMinute(10, 20, 30, 40, 50, 60, 70, 80, 90));
  expect(after - before).toBe(30);
});
