import type { LatencySummary } from "../measure/latencies.ts";
import type { RunResult } from "../run/result.ts";
import { ms } from "../terminal/live-view.ts";

/** Runs of one thing on one machine differ by this much; latencies below the floor by anything. */
const NOISE_SHARE = 0.15;
const NOISE_MS = 1;

type Row = {
  name: string;
  /** Undefined where nothing was measured. */
  before: number | undefined;
  after: number | undefined;
  isBetter: "less" | "more";
  unit: "ms" | "";
};

export type Comparison = { lines: string[]; isWorse: boolean };

/** Two runs side by side, with what got clearly better or worse. */
export function comparisonOf(before: RunResult, after: RunResult): Comparison {
  const rows = rowsOf(before, after);
  const differing = Object.keys({ ...before.settings, ...after.settings }).filter(
    (name) => before.settings[name] !== after.settings[name],
  );
  const warnings = [
    ...(before.scenario === after.scenario ? [] : ["  ! the scenarios differ"]),
    ...(faultsOf(before) === faultsOf(after)
      ? []
      : [`  ! faults: ${faultsOf(before)} before, ${faultsOf(after)} after`]),
    ...differing.map(
      (name) =>
        `  ! ${name}: ${before.settings[name] ?? "–"} before, ${after.settings[name] ?? "–"} after`,
    ),
    ...[before, after]
      .map(({ outcome }, at) => [at === 0 ? "before" : "after", outcome])
      .filter(([, outcome]) => outcome === "invalid")
      .map(
        ([name]) => `  ! ${name}: the generator was saturated, its figures are not to be trusted`,
      ),
    ...(before.machine.cpu === after.machine.cpu && before.machine.cores === after.machine.cores
      ? []
      : ["  ! measured on different machines"]),
  ];
  const isLost = after.outcome === "failed" && before.outcome !== "failed";
  return {
    lines: [
      ...warnings,
      `  ${"".padEnd(24)}${"before".padStart(12)}${"after".padStart(12)}${"change".padStart(10)}`,
      ...rows.map(lineOf),
      `  ${"outcome".padEnd(24)}${before.outcome.padStart(12)}${after.outcome.padStart(12)}`,
    ],
    isWorse: isLost || rows.some((row) => judge(row) === "worse"),
  };
}

function faultsOf({ faults }: RunResult): string {
  return faults.map(({ what }) => what).join(", ") || "none";
}

function rowsOf(before: RunResult, after: RunResult): Row[] {
  const latency = (name: keyof RunResult["latencies"], percentile: "p50" | "p99"): Row => ({
    name: `${name} ${percentile}`,
    before: measured(before.latencies[name], percentile),
    after: measured(after.latencies[name], percentile),
    isBetter: "less",
    unit: "ms",
  });
  return [
    latency("connect", "p99"),
    latency("ack", "p50"),
    latency("ack", "p99"),
    latency("delivery", "p50"),
    latency("delivery", "p99"),
    latency("catchUp", "p99"),
    {
      name: "delivered/s",
      before: before.perSecond.delivered,
      after: after.perSecond.delivered,
      isBetter: "more",
      unit: "",
    },
    {
      name: "nodes' CPU a delivery, µs",
      before: microsPerDelivery(before),
      after: microsPerDelivery(after),
      isBetter: "less",
      unit: "",
    },
  ];
}

function measured(summary: LatencySummary, percentile: "p50" | "p99"): number | undefined {
  return summary.count > 0 ? summary[percentile] : undefined;
}

function microsPerDelivery({ servers }: RunResult): number | undefined {
  const chat = servers.filter(({ kind }) => kind === "chat");
  const deliveries = chat.reduce((sum, one) => sum + one.deliveries, 0);
  const cpuSeconds = chat.reduce((sum, one) => sum + one.cpuSeconds, 0);
  return deliveries === 0 ? undefined : (cpuSeconds / deliveries) * 1e6;
}

function judge({ before, after, isBetter, unit }: Row): "better" | "worse" | "same" {
  if (before === undefined || after === undefined) return "same";
  const difference = after - before;
  const noise = Math.max(before * NOISE_SHARE, unit === "ms" ? NOISE_MS : 0);
  if (Math.abs(difference) <= noise) return "same";
  return difference < 0 === (isBetter === "less") ? "better" : "worse";
}

function lineOf(row: Row): string {
  const { name, before, after, unit } = row;
  const show = (value: number | undefined) => {
    if (value === undefined) return "–".padStart(12);
    return (unit === "ms" ? ms(value) : value.toFixed(1)).padStart(12);
  };
  const change = before && after ? `${(((after - before) / before) * 100).toFixed(0)} %` : "";
  const verdict = judge(row);
  const word = verdict === "same" ? "" : `  ${verdict}`;
  return `  ${name.padEnd(24)}${show(before)}${show(after)}${change.padStart(10)}${word}`;
}
