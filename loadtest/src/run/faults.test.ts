import { expect, it } from "vitest";
import { redisOutagesOf, scheduleFaults } from "./faults.ts";

it("restarts nodes after a killed one is back, and Redis whenever it is due", async () => {
  const steps: string[] = [];
  const ends = new Map<string, () => void>();
  const control = (name: string) => () =>
    new Promise<void>((resolve) => {
      steps.push(name);
      ends.set(name, resolve);
    });
  const begun = async (name: string) => {
    while (!steps.includes(name)) await new Promise((resolve) => setImmediate(resolve));
  };
  const faults = scheduleFaults(
    {
      ...{ killNode: control("kill"), restartRedis: control("redis") },
      rollingRestart: control("rolling"),
    },
    { killNode: [0], rollingRestart: [0], restartRedis: [1] },
    0,
  );
  await begun("redis");
  expect(steps).toEqual(["kill", "redis"]);
  ends.get("kill")?.();
  await begun("rolling");
  ends.get("redis")?.();
  ends.get("rolling")?.();
  expect((await faults.done()).map(({ what }) => what).sort()).toEqual([
    ...["Redis killed", "node killed", "rolling restart"],
  ]);
});

it("knows when Redis was away, by the clock of what was told meanwhile", () => {
  const marks = [
    { second: 1, endSecond: 3, what: "node killed" },
    { second: 2, endSecond: 3.5, what: "Redis killed" },
  ];
  expect(redisOutagesOf(marks, 10_000_000)).toEqual([
    { fromMicros: 12_000_000, untilMicros: 13_500_000 },
  ]);
});
