import { expect, it } from "vitest";
import { Latencies } from "../measure/latencies.ts";
import type { RunResult } from "../run/result.ts";
import { LATENCY_NAMES } from "../run/tally.ts";
import { comparisonOf } from "./comparison.ts";

const summary = (millis: number) => {
  const latencies = new Latencies();
  latencies.record(millis * 1_000);
  return latencies.summary();
};

function runWith(millis: number, delivered: number, change: Partial<RunResult> = {}): RunResult {
  const latencies = Object.fromEntries(LATENCY_NAMES.map((name) => [name, summary(millis)]));
  const run = {
    scenario: "rooms",
    settings: { users: 10 },
    machine: { cpu: "one", cores: 2 },
    outcome: "passed",
    perSecond: { delivered },
    servers: [{ kind: "chat", cpuSeconds: 1, deliveries: 100_000 }],
    latencies,
    faults: [],
  };
  return { ...run, ...change } as RunResult;
}

it("calls what differs by no more than chance the same", () => {
  expect(comparisonOf(runWith(10, 1_000), runWith(11, 950)).isWorse).toBe(false);
  // Half a millisecond is nothing, though it be half.
  expect(comparisonOf(runWith(1, 1_000), runWith(1.5, 1_000)).isWorse).toBe(false);
});

it("says what got worse, and what got better", () => {
  const slower = comparisonOf(runWith(10, 1_000), runWith(20, 1_000));
  expect(slower.isWorse).toBe(true);
  expect(slower.lines.find((line) => line.includes("delivery p99"))).toMatch(/100 % {2}worse$/);
  const quicker = comparisonOf(runWith(20, 1_000), runWith(10, 1_000));
  expect(quicker.isWorse).toBe(false);
  expect(quicker.lines.join("\n")).toContain("better");
  expect(comparisonOf(runWith(10, 1_000), runWith(10, 500)).isWorse).toBe(true);
});

it("counts a loss as worse, whatever the figures, and warns of runs that are not alike", () => {
  const after = runWith(10, 1_000, { outcome: "failed", settings: { users: 20 } });
  const { lines, isWorse } = comparisonOf(runWith(10, 1_000), after);
  expect(isWorse).toBe(true);
  expect(lines[0]).toContain("users: 10 before, 20 after");
});

it("warns of figures that were not to be trusted when they were measured", () => {
  const { lines } = comparisonOf(runWith(10, 1_000, { outcome: "invalid" }), runWith(10, 1_000));
  expect(lines[0]).toContain("before: the generator was saturated");
});

it("makes nothing of what only one of the runs has measured, and names the faults that differ", () => {
  const before = runWith(10, 1_000);
  const catchUp = new Latencies().summary();
  const after = runWith(10, 1_000, {
    latencies: { ...before.latencies, catchUp },
    faults: [{ what: "node killed", second: 1, endSecond: 3 }],
  });
  for (const [one, other] of [
    [before, after],
    [after, before],
  ] as const) {
    const { lines, isWorse } = comparisonOf(one, other);
    expect(isWorse).toBe(false);
    expect(lines.find((line) => line.includes("catchUp"))).toContain("–");
    expect(lines[0]).toContain("node killed");
  }
});
