import { expect, it } from "vitest";
import { Latencies } from "../measure/latencies.ts";
import { saturationOf } from "../measure/saturation.ts";
import { measuredOf, outcomeOf } from "./execute-run.ts";
import { isSkewed } from "./result.ts";

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
