import { expect, it } from "vitest";
import { Latencies } from "./latencies.ts";

it("merges what several processes measured into one distribution", () => {
  const [one, other, whole] = [new Latencies(), new Latencies(), new Latencies()];
  for (let micros = 1; micros <= 10_000; micros++) {
    (micros % 3 === 0 ? one : other).record(micros);
    whole.record(micros);
  }
  const merged = Latencies.decode("");
  for (const part of [one, other, new Latencies()]) merged.add(Latencies.decode(part.encode()));
  // The largest alone comes back as the end of its bucket.
  expect({ ...merged.summary(), max: 0 }).toEqual({ ...whole.summary(), max: 0 });
  expect(merged.count).toBe(10_000);
  expect(merged.percentileMs(50)).toBeCloseTo(5, 1);
  expect(merged.percentileMs(99)).toBeCloseTo(9.9, 1);
});

it("keeps what took longer than anything should", () => {
  const latencies = new Latencies();
  latencies.record(3_600_000_000);
  latencies.record(-5);
  expect(latencies.summary().count).toBe(2);
  expect(latencies.summary().max).toBeGreaterThan(599_000);
});
