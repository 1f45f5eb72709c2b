import { Latencies } from "../measure/latencies.ts";
import { machineMicros } from "../measure/machine-clock.ts";

export const LATENCY_NAMES = [
  "connect",
  "ack",
  "service",
  "delivery",
  /** The same, to those who had stopped reading: theirs is no measure of the servers. */
  "toSlow",
  /** From when a message was due until a receiver that had missed it had fetched it. */
  "fetched",
  "catchUp",
  "lateness",
] as const;
export type LatencyName = (typeof LATENCY_NAMES)[number];

export const COUNTER_NAMES = [
  /** Messages that were due, and those of them that have been answered. */
  "sent",
  "acknowledged",
  /** Messages that reached a receiver live, and those that it fetched after it had missed them. */
  "delivered",
  "fetched",
  /** Connections that were lost, and sends repeated because their outcome was unknown. */
  "disconnects",
  "repeats",
  /** Messages that the server refused for good, and other requests that failed. */
  "refused",
  "errors",
  /** Messages that came too late: their sender was in the room no more. */
  "turnedAway",
  /** Edits, deletions and reactions that were acknowledged. */
  "changes",
  /** The same whose connection ended before the answer: whether they were stored is open. */
  "changesCut",
  /** Times that somebody was let into a room or was out of it. */
  "moves",
  "reads",
  "typings",
  "renewals",
] as const;
export type CounterName = (typeof COUNTER_NAMES)[number];
export type Counters = Record<CounterName, number>;

export const VIOLATION_NAMES = ["lost", "doubled", "outOfOrder", "wrongRoom"] as const;
export type ViolationName = (typeof VIOLATION_NAMES)[number];
export type Violations = Record<ViolationName, number>;

export function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

/** Of each worker, in words. */
const FINDINGS_MAX = 20;

/** One worker's second, for the live view and the time line. */
export type Sample = {
  counters: Counters;
  connected: number;
  /** Of messages that were due in this second. */
  delivery: string;
  ack: string;
};

/** All that one worker counts. Cheap enough to be called at each delivery. */
export class Tally {
  readonly counters = zeros(COUNTER_NAMES);
  readonly violations = zeros(VIOLATION_NAMES);
  readonly latencies: Record<LatencyName, Latencies>;
  /** By code. */
  readonly errors = new Map<string, number>();
  readonly findings: string[] = [];
  connected = 0;
  #second = { delivery: new Latencies(), ack: new Latencies() };

  constructor() {
    this.latencies = freshLatencies();
  }

  /** From `intendedMicros` until now. */
  measure(name: LatencyName, intendedMicros: number): void {
    const micros = machineMicros() - intendedMicros;
    this.latencies[name].record(micros);
    if (name === "delivery" || name === "ack") this.#second[name].record(micros);
  }

  violate(name: ViolationName, finding: string): void {
    this.violations[name]++;
    if (this.findings.length < FINDINGS_MAX) this.findings.push(finding);
  }

  error(code: string): void {
    this.counters.errors++;
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  /** What has been counted so far, and the latencies since the last sample. */
  sample(): Sample {
    const { delivery, ack } = this.#second;
    const sample = {
      counters: { ...this.counters },
      connected: this.connected,
      delivery: delivery.encode(),
      ack: ack.encode(),
    };
    delivery.reset();
    ack.reset();
    return sample;
  }

  /** Ends a part of a run: the next one has latencies of its own. */
  takeLatencies(): Record<LatencyName, string> {
    const taken = {} as Record<LatencyName, string>;
    for (const name of LATENCY_NAMES) {
      taken[name] = this.latencies[name].encode();
      this.latencies[name].reset();
    }
    return taken;
  }
}

function freshLatencies(): Record<LatencyName, Latencies> {
  return Object.fromEntries(LATENCY_NAMES.map((name) => [name, new Latencies()])) as Record<
    LatencyName,
    Latencies
  >;
}
