import { expect, it } from "vitest";
import type { Reading } from "./observed-process.ts";
import { Sampler } from "./sampler.ts";

it("sums up what a process used, also over a restart and a silence", async () => {
  const readings: (Reading | undefined)[] = [
    { cpuSeconds: 10, memoryBytes: 1, deliveries: 100 },
    { cpuSeconds: 10.5, memoryBytes: 2, deliveries: 150 },
    undefined,
    { cpuSeconds: 0.25, memoryBytes: 3, deliveries: 7 },
  ];
  const sampler = new Sampler(() => [
    { name: "chat-1", kind: "chat", read: async () => readings.shift() },
  ]);
  for (let second = 0; second < 4; second++) await sampler.sample();
  const [series] = sampler.series;
  expect(series).toMatchObject({ cpuSeconds: 0.75, deliveries: 57, memoryBytes: [2, null, 3] });
  expect(series?.cpu[1]).toBeNull();
});
