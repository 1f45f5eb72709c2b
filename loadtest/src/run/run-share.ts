import { seededRandom } from "@moim/local";
import type { MintedUser } from "../clients/load-client.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import { watchGenerator } from "../measure/saturation.ts";
import { Standstill } from "../measure/standstill.ts";
import { disturb } from "../scenarios/disturbances.ts";
import { Schedule } from "../scenarios/schedule.ts";
import { checkPeople } from "./check-people.ts";
import { Comparison } from "./comparison.ts";
import { Ledger } from "./ledger.ts";
import { makePeople, type Person } from "./make-people.ts";
import { sumOf } from "./sum-of.ts";
import { Tally } from "./tally.ts";
import type { Load, LoadAnswer, Prepare, RunTasks, Settled } from "./tasks.ts";

const CHECK_MS = 250;
const POLL_MS = 50;
const DELIVERY_MS = 200;
const DRAWS_MAX = 20;
/** Most of what comes twice has its reason. */
const FINDINGS_MAX = 1_000;
/** Everything is answered within 5 s. */
const ANSWER_MS = 5_000;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The part of a run's people that lives in this process. */
export class RunShare {
  readonly tally = new Tally();
  readonly #people: Person[];
  readonly #scenario: Prepare["scenario"];
  readonly #random: () => number;
  readonly #ledger = new Ledger();
  readonly #standstill = new Standstill(CHECK_MS, machineMicros);
  readonly #receivedTwice = new Set<number>();
  readonly #receivedTwiceFindings = new Map<number, string>();
  #visiting: Promise<unknown> = Promise.resolve();

  constructor(request: Prepare) {
    this.#scenario = request.scenario;
    this.#random = seededRandom(request.seed + request.first);
    this.#people = makePeople(request, {
      ...{ tally: this.tally, ledger: this.#ledger, random: this.#random },
      standstill: this.#standstill,
      onRepeated: (key, finding) => this.#noteTwice(key, finding),
    });
    const people = this.#people.map(({ participant }) => participant);
    setInterval(() => checkPeople(people, this.#standstill, performance.now()), CHECK_MS);
  }

  async connect(request: RunTasks["connect"]["request"]): Promise<RunTasks["connect"]["answer"]> {
    const { startMicros, rampMs, timeoutMs } = request;
    const nodes = new Map<string, number>();
    let notConnected = this.#people.length;
    const connecting = this.#people.map(async ({ participant }, index) => {
      const intended = startMicros + (index / this.#people.length) * rampMs * 1_000;
      await wait((intended - machineMicros()) / 1_000);
      const nodeId = await participant.connect(intended);
      nodes.set(nodeId, (nodes.get(nodeId) ?? 0) + 1);
      notConnected--;
    });
    await Promise.race([Promise.all(connecting), wait(rampMs + timeoutMs)]);
    return { nodes, notConnected };
  }

  /** Sends what is due until the end of the duration, whatever has been answered by then. */
  async load(request: Load): Promise<LoadAnswer> {
    const { startMicros, durationMs, rate, payload } = request;
    await wait((startMicros - machineMicros()) / 1_000);
    const generator = watchGenerator();
    const schedule = new Schedule({
      random: this.#random,
      ratePerSecond: Math.max(rate, 1e-9),
      startMicros,
      durationMicros: durationMs * 1_000,
    });
    const timers = this.#disturb(durationMs);
    this.#visiting = Promise.all(this.#people.map(({ participant }) => participant.visit()));
    for (let next = schedule.nextMicros; next !== undefined; next = schedule.nextMicros) {
      await wait((next - machineMicros()) / 1_000);
      for (const intended of schedule.due(machineMicros())) this.#sendOne(payload, intended);
    }
    await wait((startMicros - machineMicros()) / 1_000 + durationMs);
    for (const timer of timers) clearTimeout(timer);
    for (const { participant } of this.#people) participant.stopVisiting();
    for (const { participant } of this.#people) participant.resume();
    return { generator: generator.stop() };
  }

  /** Waits until everything has been answered, and everybody is back. */
  async settle({ timeoutMs }: { timeoutMs: number }): Promise<Settled> {
    await this.#until(
      () => this.#people.every(({ participant }) => participant.isSettled),
      timeoutMs,
    );
    await this.#visiting;
    // The last ones are on their way to their receivers.
    await wait(DELIVERY_MS);
    const { acknowledged, repeated, delayed, changed, moves, sights } = this.#ledger;
    const settled = {
      latencies: this.tally.takeLatencies(),
      acknowledged: Float64Array.from(acknowledged),
      unanswered: Float64Array.from(this.#unansweredKeys()),
      unansweredChanges: sumOf(this.#people, ({ participant }) => participant.unansweredChanges),
      repeated: Float64Array.from(repeated),
      delayed: Float64Array.from(delayed),
      receivedTwice: Float64Array.from(this.#receivedTwice),
      receivedTwiceFindings: this.#receivedTwiceFindings,
      changed: changed.splice(0),
      moves: moves.splice(0),
      sights: sights.splice(0),
    };
    acknowledged.length = 0;
    return settled;
  }

  /** Gives everybody the time that the contract allows, then says who does not hold what is stored. */
  async compare({
    ends,
    timeoutMs,
  }: RunTasks["compare"]["request"]): Promise<RunTasks["compare"]["answer"]> {
    const comparison = new Comparison(this.#people, ends);
    await this.#until(() => comparison.mismatches().length === 0, timeoutMs);
    return comparison.result();
  }

  /** Whoever has waited for an answer all this time gives up, so that what is stored stands still. */
  async freeze(): Promise<null> {
    const isWaiting = this.#people.some(({ participant }) => !participant.isSettled);
    for (const { participant } of this.#people) participant.freeze();
    if (isWaiting) await wait(ANSWER_MS);
    return null;
  }

  async user(place: number): Promise<MintedUser> {
    const person = this.#people.find(({ participant }) => participant.place === place);
    if (person === undefined) throw new Error(`there is no user ${place} here`);
    return person.participant.currentUser();
  }

  finish(): RunTasks["finish"]["answer"] {
    for (const { participant } of this.#people) participant.stop();
    const { violations, findings, errors, counters } = this.tally;
    return { violations, findings, errors, counters, lateWords: this.#ledger.lateWords };
  }

  #noteTwice(key: number, finding: string): void {
    this.#receivedTwice.add(key);
    if (this.#receivedTwiceFindings.size < FINDINGS_MAX) {
      this.#receivedTwiceFindings.set(key, finding);
    }
  }

  #unansweredKeys(): number[] {
    return this.#people.flatMap(({ participant }) => [...participant.unansweredKeys()]);
  }

  #sendOne(bytes: number, intendedMicros: number): void {
    this.tally.measure("lateness", intendedMicros);
    const person = this.#anybody();
    const room = person?.participant.anyRoom();
    if (!person || !room) return;
    person.participant.send(room, bytes, intendedMicros);
    person.participant.act(room);
  }

  /** Of those who are not in a tunnel, unless chance finds nobody else. */
  #anybody(): Person | undefined {
    const drawn = () => this.#people[Math.floor(this.#random() * this.#people.length)];
    let person = drawn();
    for (let draws = 1; person?.participant.isPaused && draws < DRAWS_MAX; draws++)
      person = drawn();
    return person;
  }

  #disturb(durationMs: number): NodeJS.Timeout[] {
    const timers: NodeJS.Timeout[] = [];
    disturb(this.#scenario, {
      people: this.#people.map(({ participant }) => participant),
      random: this.#random,
      durationMs,
      after: (ms, run) => timers.push(setTimeout(run, ms)),
    });
    return timers;
  }

  async #until(isDone: () => boolean, timeoutMs: number): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while (!isDone() && performance.now() < endMs) await wait(POLL_MS);
  }
}
