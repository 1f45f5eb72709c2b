import type { MintedUser } from "../clients/load-client.ts";
import type { GeneratorLoad } from "../measure/saturation.ts";
import type { ScenarioName } from "../scenarios/plan.ts";
import type { Difference, RoomTruth } from "../verdict/expectation.ts";
import type { LateWord, Move, Sight, StoredChange } from "./ledger.ts";
import type { LatencyName, Sample, Violations } from "./tally.ts";

export type Guest = { place: number; userId: string };

/** A room as it stands when everybody has been invited; `guests` come and go from then on. */
export type MadeRoom = {
  roomId: string;
  rev: number;
  seq: number;
  members: readonly number[];
  guests: readonly Guest[];
};

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
  /** `ANSWER_NUMBERS` for each answer: room, seq, key, and when it came. */
  acknowledged: Float64Array;
  /** Keys without an answer: whether they were stored is unknown. */
  unanswered: Float64Array;
  /** Edits, deletions and reactions without an answer. */
  unansweredChanges: number;
  /** Keys that were sent more than once. */
  repeated: Float64Array;
  /** Keys whose order says nothing. */
  delayed: Float64Array;
  /** Keys of which some receiver got an announcement twice. */
  receivedTwice: Float64Array;
  /** The same in words, of some of them. */
  receivedTwiceFindings: Map<number, string>;
  changed: StoredChange[];
  moves: Move[];
  sights: Sight[];
};

/** A receiver that does not hold what is stored, and what of it. */
export type Mismatch = Difference & { user: number; room: number; what: string };

/** What is stored of a room, and which of its guests are in it at the end. */
export type RoomEnd = { truth: RoomTruth; guestsInside: readonly number[] };

export type RunTasks = {
  prepare: { request: Prepare; answer: null };
  connect: {
    request: { startMicros: number; rampMs: number; timeoutMs: number };
    answer: { nodes: Map<string, number>; notConnected: number };
  };
  load: { request: Load; answer: LoadAnswer };
  settle: { request: { timeoutMs: number }; answer: Settled };
  compare: {
    request: { ends: readonly RoomEnd[]; timeoutMs: number };
    answer: { mismatches: Mismatch[]; receivers: number; resets: number };
  };
  freeze: { request: null; answer: null };
  /** One user, with a token that lives. */
  user: { request: { place: number }; answer: MintedUser };
  finish: {
    request: null;
    answer: {
      violations: Violations;
      findings: string[];
      errors: Map<string, number>;
      counters: Sample["counters"];
      /** Up to the end of the comparison. */
      lateWords: LateWord[];
    };
  };
};

export type RunReport = { kind: "sample"; sample: Sample };
