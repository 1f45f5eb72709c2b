import type { ThresholdResult } from "../arguments/thresholds.ts";
import type { LatencySummary } from "../measure/latencies.ts";
import type { ServerSeries } from "../measure/sampler.ts";
import type { GeneratorLoad } from "../measure/saturation.ts";
import type { Counters, LatencyName, Violations } from "./tally.ts";

export type Machine = {
  cores: number;
  cpu: string;
  memoryGiB: number;
  system: string;
  node: string;
  moim: string;
  /** Of what else the cluster is made of, where it is our own; reports of earlier versions have none. */
  servers?: Readonly<Record<string, string>>;
};

/** `[percentile, milliseconds]` */
export type Curve = [number, number][];

/** One second of a run. */
export type Moment = {
  second: number;
  /** Since the second before. */
  sent: number;
  acknowledged: number;
  delivered: number;
  errors: number;
  connected: number;
  /** Milliseconds. */
  deliveryP50: number;
  deliveryP99: number;
  ackP99: number;
};

export type FaultMark = { second: number; endSecond: number | null; what: string };

export type Verdict = {
  passed: boolean;
  violations: Violations;
  /** The first ones, in words. */
  findings: string[];
  rooms: number;
  /** Pairs of a user and a room that were compared with the history. */
  receivers: number;
  stored: number;
  acknowledged: number;
  /** Edits, deletions and reactions that were acknowledged, and times that guests came or went. */
  changes: number;
  moves: number;
  /** Sent, and not answered until the end. */
  unanswered: number;
  /** The same of edits, deletions and reactions. */
  unansweredChanges: number;
  /** Announcements that came twice because their message had been sent twice. */
  explainedRepeats: number;
  /** Receivers that fell so far behind that they were given the newest page alone. */
  resets: number;
};

export type Generator = { workers: GeneratorLoad[]; saturated: string[] };

export type Connections = {
  wanted: number;
  notConnected: number;
  perNode: Record<string, number>;
  /** The fullest node's share by the mean. */
  skew: number;
};

/** The fullest node may have so many times the mean; with few connections chance alone does more. */
const SKEW_MAX = 1.25;
const CONNECTIONS_MIN = 20;

/** Whether one node carries clearly more than its share, so that it alone decides what is measured. */
export function isSkewed({ perNode, skew }: Connections): boolean {
  const counts = Object.values(perNode);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.length > 1 && total >= counts.length * CONNECTIONS_MIN && skew > SKEW_MAX;
}

/**
 * What the exit code says. `failed`: something was lost, doubled, reordered or misdirected. `invalid`: the
 * generator measured itself. `missed`: a threshold.
 */
export type Outcome = "passed" | "failed" | "invalid" | "missed";
export const EXIT_CODES: Record<Outcome, number> = { passed: 0, failed: 1, missed: 3, invalid: 4 };
export const USAGE_EXIT_CODE = 2;

export type RunResult = {
  format: "moim-loadtest-1";
  kind: "run";
  /** ISO 8601. */
  startedAt: string;
  machine: Machine;
  site: string;
  scenario: string;
  settings: Record<string, string | number>;
  outcome: Outcome;
  verdict: Verdict;
  connections: Connections;
  generator: Generator;
  counters: Counters;
  errors: Record<string, number>;
  perSecond: { sent: number; acknowledged: number; delivered: number };
  latencies: Record<LatencyName, LatencySummary>;
  curves: Record<"delivery" | "ack" | "service", Curve>;
  timeline: Moment[];
  faults: FaultMark[];
  servers: ServerSeries[];
  thresholds: ThresholdResult[];
  /** What the reader should know of this run, and might not think of. */
  notes: string[];
};

/** One rate that was tried. */
export type Trial = {
  rate: number;
  holds: boolean;
  /** Why not. */
  why: string | undefined;
  sentPerSecond: number;
  deliveredPerSecond: number;
  deliveryP50: number;
  deliveryP99: number;
  ackP99: number;
  /** Of one core, by kind of process. */
  cpu: Record<string, number>;
};

export type CapacityResult = {
  nodes: number;
  /** The highest rate that held; 0 if none did. */
  rate: number;
  deliveredPerSecond: number;
  trials: Trial[];
  run: RunResult;
};

export type SweepResult = {
  format: "moim-loadtest-1";
  kind: "sweep";
  startedAt: string;
  machine: Machine;
  scenario: string;
  /** What each rate had to hold. */
  hold: string;
  outcome: Outcome;
  capacities: CapacityResult[];
};
