import { expect, it } from "vitest";
import { parseCommand } from "../arguments/parse-arguments.ts";
import { Latencies } from "../measure/latencies.ts";
import { saturationOf } from "../measure/saturation.ts";
import { measuredOf, outcomeOf, resultOf } from "./execute-run.ts";
import { mergeLatencies } from "./merge.ts";
import { isSkewed, type Verdict } from "./result.ts";
import { COUNTER_NAMES, VIOLATION_NAMES, zeros } from "./tally.ts";

const held = [{ holds: true }];
const missed = [{ holds: true }, { holds: false }];

it("lets a loss count before a saturated generator, and that before a missed threshold", () => {
  expect(outcomeOf(false, ["busy"], missed)).toBe("failed");
  expect(outcomeOf(true, ["busy"], missed)).toBe("invalid");
  expect(outcomeOf(true, [], missed)).toBe("missed");
  expect(outcomeOf(true, [], held)).toBe("passed");
});

it("takes no latency for a good one where nothing was measured", () => {
  const { ack, delivery } = measuredOf({
    ack: { ...new Latencies().summary() },
    delivery: { ...new Latencies().summary(), count: 3, p99: 7 },
  });
  expect(ack).toBeUndefined();
  expect(delivery?.p99).toBe(7);
});

it("does not trust a generator that was busy, or that sent late", () => {
  const idle = { utilization: 0.5, loopLagP99: 1, cpu: 0.5 };
  const inTime = { count: 100, p99: 3 };
  expect(saturationOf([idle, idle], inTime)).toEqual([]);
  expect(saturationOf([idle, { ...idle, utilization: 0.95 }], inTime)).toEqual([
    "worker 2 was busy 95 % of the time",
  ]);
  expect(saturationOf([idle], { count: 100, p99: 80 })[0]).toContain("80 ms late");
  expect(saturationOf([{ ...idle, loopLagP99: 70 }], inTime)[0]).toContain("70 ms behind");
});

it("notices a node that carries more than its share, and leaves small numbers to chance", () => {
  const shared = { wanted: 100, notConnected: 0 };
  expect(isSkewed({ ...shared, perNode: { a: 70, b: 30 }, skew: 1.4 })).toBe(true);
  expect(isSkewed({ ...shared, perNode: { a: 52, b: 48 }, skew: 1.04 })).toBe(false);
  expect(isSkewed({ ...shared, perNode: { a: 7, b: 3 }, skew: 1.4 })).toBe(false);
  expect(isSkewed({ ...shared, perNode: { a: 100 }, skew: 1 })).toBe(false);
});

/** Of a run in which nothing went wrong but this. */
function runWith(verdict: Partial<Verdict>, refused = 0) {
  const command = parseCommand(["run", "--users", "2", "--rate", "1"]);
  if (command.name !== "run") throw new Error("a run");
  return resultOf({
    ...{ startedAt: "", options: command.options },
    site: { description: "", versions: { Redis: "7.0.15" } },
    connections: { wanted: 2, notConnected: 0, perNode: {}, skew: 1 },
    part: {
      ...{ durationMs: 1_000, latencies: mergeLatencies([]), machineBusy: 0 },
      ...{ generators: [], timeline: [], faults: [], servers: [] },
    },
    verdict: {
      ...{ passed: true, violations: zeros(VIOLATION_NAMES), findings: [], rooms: 1, receivers: 2 },
      ...{ stored: 1, acknowledged: 1, changes: 0, moves: 0, unanswered: 0, unansweredChanges: 0 },
      ...{ explainedRepeats: 0, resets: 0, ...verdict },
    },
    run: { summary: () => ({ counters: { ...zeros(COUNTER_NAMES), refused }, errors: {} }) },
  });
}

it("fails where a request was refused, or has never been answered, and says so", () => {
  expect(runWith({}).outcome).toBe("passed");
  for (const [result, finding] of [
    [runWith({ unanswered: 1 }), "1 messages never had an answer"],
    [runWith({ unansweredChanges: 2 }), "2 edits, deletions and reactions never had an answer"],
    [runWith({}, 3), "3 messages were refused"],
  ] as const) {
    expect(result.outcome).toBe("failed");
    expect(result.verdict.findings).toEqual([finding]);
  }
});

it("notes on what it was measured", () => {
  expect(runWith({}).machine).toMatchObject({
    node: process.version,
    servers: { Redis: "7.0.15" },
  });
});
