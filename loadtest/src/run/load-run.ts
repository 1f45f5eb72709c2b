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
import type { Outage } from "../verdict/judge-told.ts";
import { judgeReceivers, verdictOf } from "../verdict/verdict-of.ts";
import { WorkerPool } from "../workers/worker-pool.ts";
import { redisOutagesOf, scheduleFaults } from "./faults.ts";
import { localAddresses } from "./local-addresses.ts";
import { mergeConnections, mergeCounters, mergeErrors, mergeLatencies } from "./merge.ts";
import type { Connections, FaultMark, Moment, Verdict } from "./result.ts";
import { Seconds } from "./seconds.ts";
import type { Counters, LatencyName } from "./tally.ts";
import type { MadeRoom, RunReport, RunTasks, Settled } from "./tasks.ts";

/** From the order to begin until the beginning, so that all workers begin together. */
const LEAD_MICROS = 300_000;
const CONNECT_TIMEOUT_MS = 60_000;
/** After a lost announcement the contract allows 5 s. */
const HEAL_TIMEOUT_MS = 8_000;
const SAMPLE_MS = 1_000;

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
  readonly #seconds: Seconds;
  readonly #settled: Settled[] = [];
  /** After the latest part; whoever waited for an answer before does so still. */
  #latest: readonly Settled[] = [];
  readonly #outages: Outage[] = [];
  readonly #connect = new Latencies();
  #rooms: readonly MadeRoom[] = [];
  #summary: { counters: Counters; errors: Record<string, number> } | undefined;
  #phase = "setting up";
  #sampling: NodeJS.Timeout | undefined;

  constructor(
    site: Site,
    options: RunOptions,
    onMoment: (moment: Moment, phase: string) => void = () => {},
  ) {
    this.#site = site;
    this.#options = options;
    this.#seconds = new Seconds(options.workers, (moment) => onMoment(moment, this.#phase));
    const module = new URL("./run-worker.ts", import.meta.url);
    this.#pool = new WorkerPool(module, options.workers, ({ sample }, worker) =>
      this.#seconds.take(worker, sample),
    );
  }

  get phase(): string {
    return this.#phase;
  }

  /** Makes the rooms and connects everybody. */
  async prepare(): Promise<Connections> {
    const options = this.#options;
    const { scenario, users, rooms, members, seed, client, workers, rampMs } = options;
    const planned = planRooms({ scenario, users, rooms, members, seed });
    this.#phase = `making ${planned.length} rooms`;
    this.#seconds.start();
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
        localAddresses: localAddresses(worker, options),
      };
    });
    this.#phase = "connecting";
    const startMicros = machineMicros() + LEAD_MICROS;
    const timeoutMs = CONNECT_TIMEOUT_MS;
    const answers = await this.#pool.askAll("connect", () => ({ startMicros, rampMs, timeoutMs }));
    return mergeConnections(users, answers);
  }

  /** One part: everybody talks at this rate for so long. */
  async load({ rate, durationMs, faults }: LoadPart): Promise<PartResult> {
    this.#phase = "talking";
    const { users, workers, payload, settleMs } = this.#options;
    const shares = shareUsers(users, workers);
    const startMicros = machineMicros() + LEAD_MICROS;
    const sampler = new Sampler(this.#site.processes);
    await sampler.sample();
    this.#sampling = setInterval(() => void sampler.sample(), SAMPLE_MS);
    this.#seconds.beginPart(startMicros);
    const machine = watchMachine();
    const marks = scheduleFaults(this.#site.faults, faults, LEAD_MICROS / 1_000);
    const answers = await this.#pool.askAll("load", (worker) => {
      const { first = 0, end = 0 } = shares[worker] ?? {};
      return { startMicros, durationMs, rate: (rate * (end - first)) / users, payload };
    });
    this.#phase = "settling";
    const faultMarks = await marks.done();
    this.#outages.push(...redisOutagesOf(faultMarks, startMicros));
    // What is answered late belongs to the part in which it was due.
    const settled = await this.#pool.askAll("settle", () => ({ timeoutMs: settleMs }));
    clearInterval(this.#sampling);
    const machineBusy = machine.stop();
    await sampler.sample();
    this.#settled.push(...settled);
    this.#latest = settled;
    const latencies = mergeLatencies(settled.map((one) => one.latencies));
    // Everybody connects before the first part, and hardly anybody in a later one.
    this.#connect.add(latencies.connect);
    return {
      ...{ durationMs, machineBusy, latencies: { ...latencies, connect: this.#connect } },
      generators: answers.map(({ generator }) => generator),
      timeline: this.#seconds.timeline,
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
    const settled = this.#settled;
    const verdict = verdictOf({ rooms, histories, settled, latest: this.#latest });
    judgeReceivers(verdict, { rooms, settled, compared, finished, outages: this.#outages });
    this.#summary = {
      counters: mergeCounters(finished.map(({ counters }) => counters)),
      errors: mergeErrors(finished.map(({ errors }) => errors)),
    };
    return verdict;
  }

  /** After `judge`: all that was counted. */
  summary(): { counters: Counters; errors: Record<string, number> } {
    if (this.#summary === undefined) throw new Error("not judged yet");
    return this.#summary;
  }

  async stop(): Promise<void> {
    this.#seconds.stop();
    clearInterval(this.#sampling);
    await this.#pool.stop();
  }

  /** As the worker knows it, which has renewed its token. */
  #currentUser(place: number): Promise<MintedUser> {
    const shares = shareUsers(this.#options.users, this.#options.workers);
    const worker = shares.findIndex(({ first, end }) => first <= place && place < end);
    return this.#pool.ask(worker, "user", { place });
  }
}

const KINDS = ["chat", "auth", "postgres", "redis", "proxy"];

function inOrder(one: ServerSeries, other: ServerSeries): number {
  const byKind = KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind);
  return byKind === 0 ? one.name.localeCompare(other.name) : byKind;
}
