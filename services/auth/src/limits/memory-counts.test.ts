import { expect, it } from "vitest";
import { MemoryCounts } from "./memory-counts.ts";

it("counts each key for itself, until its window is over", () => {
  const clock = { now: 5_000 };
  const counts = new MemoryCounts(() => clock.now);
  expect(counts.count("a", 1_000)).toEqual({ current: 1, ttl: 1_000 });
  clock.now += 400;
  expect(counts.count("a", 1_000)).toEqual({ current: 2, ttl: 600 });
  expect(counts.count("b", 1_000)).toEqual({ current: 1, ttl: 1_000 });
  clock.now += 599;
  expect(counts.count("a", 1_000).current).toBe(3);
  clock.now += 1;
  expect(counts.count("a", 1_000)).toEqual({ current: 1, ttl: 1_000 });
});

it("gives back what was counted, and no more", () => {
  const counts = new MemoryCounts(() => 0);
  counts.giveBack("a");
  for (let i = 0; i < 3; i++) counts.count("a", 1_000);
  counts.giveBack("a");
  expect(counts.count("a", 1_000).current).toBe(3);
  for (let i = 0; i < 5; i++) counts.giveBack("a");
  expect(counts.count("a", 1_000).current).toBe(1);
});

it("forgets the oldest windows when there are too many, and no others", () => {
  const counts = new MemoryCounts(() => 0, 2);
  for (const key of ["a", "b", "c"]) counts.count(key, 1_000);
  expect(counts.count("b", 1_000).current).toBe(2);
  expect(counts.count("c", 1_000).current).toBe(2);
  expect(counts.count("a", 1_000).current).toBe(1);
});
