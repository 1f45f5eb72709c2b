import { expect, it } from "vitest";
import { retryDelayMs } from "./retry-delay.ts";

it("attempts come ever later, but often enough within the ten minutes of a code", () => {
  const longest = Array.from({ length: 40 }, (_, i) => retryDelayMs(i + 1, () => 1));
  expect(longest.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((s) => s * 1_000));
  expect(longest.at(-1)).toBe(60_000);
});

it("half of the wait is random, so that what failed together does not come back together", () => {
  expect(retryDelayMs(3, () => 0)).toBe(2_000);
  expect(retryDelayMs(3, () => 0.5)).toBe(3_000);
});
