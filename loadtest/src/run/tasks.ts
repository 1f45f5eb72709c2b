import type { MintedUser } from "../clients/load-client.ts";
import type { GeneratorLoad } from "../measure/saturation.ts";
import type { ScenarioName } from "../scenarios/plan.ts";
import type { LatencyName, Sample, Violations } from "./tally.ts";

/** A room as it stands when everybody has been invited. */
export type MadeRoom = { roomId: string; rev: number; seq: number; members: readonly number[] };

export type Prepare = {
  scenario: ScenarioName;
  /** The place of `users[0]` among all users. */
  first: number;
  users: readonly MintedUser[];
  /** All rooms of the run: a room's index is its place here. */
  rooms: readonly MadeRoom[];
  client: "raw" | "package";
  urls: readonly string[];
  siteUrl: string;
  /** Loopback addresses to connect from in turn; none: the system chooses. */
  localAddresses: readonly string[];
  seed: number;
};

export type Load = {
  startMicros: number;
  durationMs: number;
  /** Of this worker. */
  rate: number;
  payload: number;
};

/** One part of a run, as one worker saw it. */
export type LoadAnswer = { generator: GeneratorLoad };

/** Since the last time that it was asked. */
export type Settled = {
  latencies: Record<LatencyName, string>;
  /** Three numbers for each answer: room, seq, key. */
  acknowledged: Float64Array;
  /** Keys without an answer: whether they were stored is unknown. */
  unanswered: Float64Array;
  /** Keys that were sent more than once. */
  repeated: Float64Array;
  /** Keys of which some receiver got an announcement twice. */
  receivedTwice: Float64Array;
};

/** What a room's history says that every receiver must hold. */
export type RoomTruth = { rev: number; seq: number; count: number; sum: number };

/** A receiver that does not hold it. */
export type Mismatch = { user: number; room: number; missing: number; isDifferent: boolean };

export type RunTasks = {
  prepare: { request: Prepare; answer: null };
  connect: {
    request: { startMicros: number; rampMs: number; timeoutMs: number };
    answer: { nodes: Map<string, number>; notConnected: number };
  };
  load: { request: Load; answer: LoadAnswer };
  settle: { request: { timeoutMs: number }; answer: Settled };
  compare: {
    request: { truths: readonly (RoomTruth | null)[]; timeoutMs: number };
    answer: { mismatches: Mismatch[]; receivers: number; resets: number };
  };
  freeze: { request: null; answer: null };
  finish: {
    request: null;
    answer: {
      violations: Violations;
      errors: Map<string, number>;
      counters: Sample["counters"];
    };
  };
};

export type RunReport = { kind: "sample"; sample: Sample };
