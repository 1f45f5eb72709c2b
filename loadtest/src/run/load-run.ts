import type { RunOptions } from "../arguments/parse-arguments.ts";
import type { MintedUser } from "../clients/load-client.ts";
import { Latencies } from "../measure/latencies.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import { watchMachine } from "../measure/machine-use.ts";
import { Sampler, type ServerSeries } from "../measure/sampler.ts";
import type { GeneratorLoad } from "../measure/saturation.ts";
import { planRooms, shareUsers } from "../scenarios/plan.ts";
import { makeRooms } from "../site/make-rooms.ts";
import { readHistories } from "../site/read-history.ts";
import type { Site } from "../site/site.ts";
import { truthOf } from "../verdict/expectation.ts";
import { addViolations } from "../verdict/judge.ts";
import { countMismatches, verdictOf } from "../verdict/verdict-of.ts";
import { WorkerPool } from "../workers/worker-pool.ts";
import { scheduleFaults } from "./faults.ts";
import { Live } from "./live.ts";
import type { Connections, FaultMark, Moment, Verdict } from "./result.ts";
import { sumOf } from "./sum-of.ts";
import {
  COUNTER_NAMES,
  type Counters,
  LATENCY_NAMES,
  type LatencyName,
  VIOLATION_NAMES,
  zeros,
} from "./tally.ts";
import type { MadeRoom, RunReport, RunTasks, Settled } from "./tasks.ts";

/** From the order to begin until the beginning, so that all workers begin together. */
const LEAD_MICROS = 300_000;
const CONNECT_TIMEOUT_MS = 60_000;
/** Whatever is answered is answered within 5 s; a node that was killed is back a few seconds later. */
const SETTLE_TIMEOUT_MS = 30_000;
/** After a lost announcement the contract allows 5 s. */
const HEAL_TIMEOUT_MS = 8_000;
const SECOND_MS = 1_000;
/** What workers say of a second is here so long after it. */
const SAMPLES_LATE_MS = 150;
/** Sockets a loopback address can open to one port, with room for what others use. */
const SOCKETS_PER_ADDRESS = 20_000;
/** When tokens are renewed all the time: users that share an address and its limit. */
const RENEWERS_PER_ADDRESS = 40;

export type LoadPart = {
  rate: number;
  durationMs: number;
  faults: RunOptions["faults"];
};

export type PartResult = {
  durationMs: number;
  latencies: Record<LatencyName, Latencies>;
  /** Of all cores of this machine, whoever used them. */
  machineBusy: number;
  generators: GeneratorLoad[];
  timeline: Moment[];
  faults: FaultMark[];
  servers: ServerSeries[];
};

/** People on a site who talk, in parts, and are judged at the end. */
export class LoadRun {
  readonly #site: Site;
  readonly #options: RunOptions;
  readonly #pool: WorkerPool<RunTasks, RunReport>;
  readonly #live: Live;
  readonly #onMoment: (moment: Moment, phase: string) => void;
  #rooms: readonly MadeRoom[] = [];
  readonly #settled: Settled[] = [];
  /** At the end of the latest part. */
  #unanswered = 0;
  #errors: Record<string, number> = {};
  #finalCounters: Counters[] = [];
  #phase = "setting up";
  #timer: NodeJS.Timeout | undefined;
  #sampling: NodeJS.Timeout | undefined;
  #second = 0;
  #firstMoment = 0;
  readonly #connect = new Latencies();

  constructor(
    site: Site,
    options: RunOptions,
    onMoment: (moment: Moment, phase: string) => void = () => {},
  ) {
    this.#site = site;
    this.#options = options;
    this.#onMoment = onMoment;
    this.#live = new Live(options.workers);
    const module = new URL("./run-worker.ts", import.meta.url);
    this.#pool = new WorkerPool(module, options.workers, ({ sample }, worker) =>
      this.#live.take(worker, sample),
    );
  }

  get phase(): string {
    return this.#phase;
  }

  /** Makes the rooms and connects everybody. */
  async prepare(): Promise<Connections> {
    const { scenario, users, rooms, members, seed, client, workers, rampMs } = this.#options;
    const planned = planRooms({ scenario, users, rooms, members, seed });
    this.#phase = `making ${planned.length} rooms`;
    this.#timer = setInterval(() => this.#tick(), SECOND_MS);
    const site = this.#site;
    this.#rooms = await makeRooms(site, (await site.askers?.()) ?? site.users, planned);
    const shares = shareUsers(users, workers);
    await this.#pool.askAll("prepare", (worker) => {
      const { first = 0, end = 0 } = shares[worker] ?? {};
      return {
        ...{ scenario, first, client, seed, rooms: this.#rooms },
        users: site.users.slice(first, end),
        urls: site.socketUrls,
        siteUrl: client === "package" ? site.url : site.authUrl,
        localAddresses: this.#localAddresses(worker),
      };
    });
    this.#phase = "connecting";
    const startMicros = machineMicros() + LEAD_MICROS;
    const timeoutMs = CONNECT_TIMEOUT_MS;
    const answers = await this.#pool.askAll("connect", () => ({ startMicros, rampMs, timeoutMs }));
    return connectionsOf(users, answers);
  }

  /** One part: everybody talks at this rate for so long. */
  async load({ rate, durationMs, faults }: LoadPart): Promise<PartResult> {
    this.#phase = "talking";
    const shares = shareUsers(this.#options.users, this.#options.workers);
    const startMicros = machineMicros() + LEAD_MICROS;
    const sampler = new Sampler(this.#site.processes);
    await sampler.sample();
    this.#sampling = setInterval(() => void sampler.sample(), SECOND_MS);
    this.#alignMoments(startMicros);
    const machine = watchMachine();
    const marks = scheduleFaults(this.#site.faults, faults, LEAD_MICROS / 1_000);
    const answers = await this.#pool.askAll("load", (worker) => {
      const { first = 0, end = 0 } = shares[worker] ?? {};
      const part = (rate * (end - first)) / this.#options.users;
      return { startMicros, durationMs, rate: part, payload: this.#options.payload };
    });
    this.#phase = "settling";
    const faultMarks = await marks.done();
    // What is answered late belongs to the part in which it was due.
    const settled = await this.#pool.askAll("settle", () => ({ timeoutMs: SETTLE_TIMEOUT_MS }));
    clearInterval(this.#sampling);
    const machineBusy = machine.stop();
    await sampler.sample();
    this.#settled.push(...settled);
    this.#unanswered = sumOf(settled, ({ unanswered }) => unanswered.length);
    const latencies = mergeLatencies(settled.map((one) => one.latencies));
    // Everybody connects before the first part, and hardly anybody in a later one.
    this.#connect.add(latencies.connect);
    return {
      ...{ durationMs, machineBusy, latencies: { ...latencies, connect: this.#connect } },
      generators: answers.map(({ generator }) => generator),
      timeline: this.#live.timeline
        .slice(this.#firstMoment)
        .map((moment, index) => ({ ...moment, second: index + 1 })),
      faults: faultMarks,
      servers: sampler.series.sort(inOrder),
    };
  }

  /** Waits until everything is answered and delivered, and compares it with what is stored. */
  async judge(): Promise<Verdict> {
    this.#phase = "comparing";
    await this.#pool.askAll("freeze", () => null);
    const rooms = this.#rooms;
    const askers = await this.#site.askers?.();
    const userAt = async (place: number) => askers?.[place] ?? this.#currentUser(place);
    const histories = await readHistories(this.#site, userAt, rooms, this.#options.payload);
    const ends = histories.map(({ stored, rev, guestsInside }) => ({
      ...{ truth: truthOf(stored, rev), guestsInside },
    }));
    const timeoutMs = HEAL_TIMEOUT_MS;
    const compared = await this.#pool.askAll("compare", () => ({ ends, timeoutMs }));
    const finished = await this.#pool.askAll("finish", () => null);
    const verdict = verdictOf(rooms, histories, this.#settled, this.#unanswered);
    verdict.receivers = sumOf(compared, ({ receivers }) => receivers);
    verdict.resets = sumOf(compared, ({ resets }) => resets);
    for (const { mismatches } of compared) countMismatches(verdict, mismatches, rooms);
    for (const { violations, findings } of finished) {
      addViolations(verdict.violations, violations);
      verdict.findings.push(...findings);
    }
    verdict.passed = VIOLATION_NAMES.every((name) => verdict.violations[name] === 0);
    this.#errors = mergeErrors(finished.map(({ errors }) => errors));
    this.#finalCounters = finished.map(({ counters }) => counters);
    return verdict;
  }

  /** After `judge`: all that was counted. */
  summary(): { counters: Counters; errors: Record<string, number> } {
    const counters = zeros(COUNTER_NAMES);
    for (const name of COUNTER_NAMES) {
      counters[name] = sumOf(this.#finalCounters, (one) => one[name]);
    }
    return { counters, errors: this.#errors };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearInterval(this.#sampling);
    await this.#pool.stop();
  }

  /** As the worker knows it, which has renewed its token. */
  #currentUser(place: number): Promise<MintedUser> {
    const shares = shareUsers(this.#options.users, this.#options.workers);
    const worker = shares.findIndex(({ first, end }) => first <= place && place < end);
    return this.#pool.ask(worker, "user", { place });
  }

  /** A part's first second begins with its load, as its faults count; so do the workers' samples. */
  #alignMoments(startMicros: number): void {
    clearInterval(this.#timer);
    const waitMs = (startMicros - machineMicros()) / 1_000 + SAMPLES_LATE_MS;
    this.#firstMoment = this.#live.timeline.length;
    this.#timer = setTimeout(() => {
      this.#tick();
      this.#firstMoment = this.#live.timeline.length;
      this.#timer = setInterval(() => this.#tick(), SECOND_MS);
    }, waitMs);
  }

  #tick(): void {
    this.#second++;
    this.#onMoment(this.#live.moment(this.#second), this.#phase);
  }

  /** Others than 127.0.0.1 only where one address would not do. */
  #localAddresses(worker: number): string[] {
    const { users, workers, expireTokensMs, url } = this.#options;
    if (url !== undefined) return [];
    const perAddress = expireTokensMs === undefined ? SOCKETS_PER_ADDRESS : RENEWERS_PER_ADDRESS;
    if (users <= perAddress) return [];
    const count = Math.min(Math.ceil(users / workers / perAddress), 250);
    return Array.from({ length: count }, (_, index) => `127.0.${worker + 1}.${index + 1}`);
  }
}

const KINDS = ["chat", "auth", "postgres", "redis", "proxy"];

function inOrder(one: ServerSeries, other: ServerSeries): number {
  const byKind = KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind);
  return byKind === 0 ? one.name.localeCompare(other.name) : byKind;
}

function connectionsOf(
  wanted: number,
  answers: readonly RunTasks["connect"]["answer"][],
): Connections {
  const perNode: Record<string, number> = {};
  for (const { nodes } of answers) {
    for (const [node, count] of nodes) perNode[node] = (perNode[node] ?? 0) + count;
  }
  const counts = Object.values(perNode);
  const mean = counts.reduce((sum, count) => sum + count, 0) / Math.max(counts.length, 1);
  return {
    wanted,
    notConnected: sumOf(answers, ({ notConnected }) => notConnected),
    perNode,
    skew: mean === 0 ? 1 : Math.max(...counts) / mean,
  };
}

function mergeLatencies(
  parts: readonly Record<LatencyName, string>[],
): Record<LatencyName, Latencies> {
  const merged = {} as Record<LatencyName, Latencies>;
  for (const name of LATENCY_NAMES) {
    merged[name] = new Latencies();
    for (const part of parts) merged[name].add(Latencies.decode(part[name]));
  }
  return merged;
}

function mergeErrors(parts: readonly Map<string, number>[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const part of parts) {
    for (const [code, count] of part) merged[code] = (merged[code] ?? 0) + count;
  }
  return merged;
}
