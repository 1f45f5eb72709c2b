import { seededRandom } from "@moim/local";
import { expect, it } from "vitest";
import { Schedule } from "./schedule.ts";

const schedule = (seed: number) =>
  new Schedule({
    random: seededRandom(seed),
    ratePerSecond: 1_000,
    startMicros: 5_000_000,
    durationMicros: 10_000_000,
  });

it("is the same however late it is asked: whoever was held up catches up with the intended times", () => {
  const atOnce = [...schedule(7).due(Number.MAX_SAFE_INTEGER)];
  const stepwise = schedule(7);
  const stepped: number[] = [];
  for (let now = 5_000_000; now <= 16_000_000; now += 777) stepped.push(...stepwise.due(now));
  expect(stepped).toEqual(atOnce);
  expect(stepwise.nextMicros).toBeUndefined();
});

it("keeps the rate, with the spread of people who know nothing of each other", () => {
  const times = [...schedule(1).due(Number.MAX_SAFE_INTEGER)];
  expect(times.length).toBeGreaterThan(9_600);
  expect(times.length).toBeLessThan(10_400);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(5_000_000);
  expect(Math.max(...times)).toBeLessThan(15_000_000);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  // Of an exponential distribution: the deviation is the mean.
  expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.9);
  expect(Math.sqrt(variance) / mean).toBeLessThan(1.1);
});

it("gives nothing before its time", () => {
  const one = schedule(1);
  expect([...one.due(5_000_000)]).toEqual([]);
  expect(one.nextMicros).toBeGreaterThan(5_000_000);
});
