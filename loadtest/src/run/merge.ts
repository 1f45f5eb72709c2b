import { Latencies } from "../measure/latencies.ts";
import type { Connections } from "./result.ts";
import { sumOf } from "./sum-of.ts";
import { COUNTER_NAMES, type Counters, LATENCY_NAMES, type LatencyName, zeros } from "./tally.ts";
import type { RunTasks } from "./tasks.ts";

/* What the workers of a run say, each of its own people, as that of the whole run. */

export function mergeConnections(
  wanted: number,
  answers: readonly RunTasks["connect"]["answer"][],
): Connections {
  const perNode: Record<string, number> = {};
  for (const { nodes } of answers) {
    for (const [node, count] of nodes) perNode[node] = (perNode[node] ?? 0) + count;
  }
  const counts = Object.values(perNode);
  const mean = sumOf(counts, (count) => count) / Math.max(counts.length, 1);
  return {
    wanted,
    notConnected: sumOf(answers, ({ notConnected }) => notConnected),
    perNode,
    skew: mean === 0 ? 1 : Math.max(...counts) / mean,
  };
}

export function mergeLatencies(
  parts: readonly Record<LatencyName, string>[],
): Record<LatencyName, Latencies> {
  const merged = {} as Record<LatencyName, Latencies>;
  for (const name of LATENCY_NAMES) {
    merged[name] = new Latencies();
    for (const part of parts) merged[name].add(Latencies.decode(part[name]));
  }
  return merged;
}

export function mergeErrors(parts: readonly Map<string, number>[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const part of parts) {
    for (const [code, count] of part) merged[code] = (merged[code] ?? 0) + count;
  }
  return merged;
}

export function mergeCounters(parts: readonly Counters[]): Counters {
  const merged = zeros(COUNTER_NAMES);
  for (const name of COUNTER_NAMES) merged[name] = sumOf(parts, (one) => one[name]);
  return merged;
}
