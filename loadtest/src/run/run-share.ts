import { seededRandom } from "@moim/local";
import { roomTagOf } from "../clients/client-id.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import { watchGenerator } from "../measure/saturation.ts";
import { RoomView } from "../receive/room-view.ts";
import { disturb } from "../scenarios/disturbances.ts";
import { Schedule } from "../scenarios/schedule.ts";
import { sideTalk } from "../scenarios/side-talk.ts";
import { Participant } from "./participant.ts";
import { Tally } from "./tally.ts";
import type { Load, LoadAnswer, Mismatch, Prepare, RoomTruth, RunTasks, Settled } from "./tasks.ts";
import type { Ledger, SentRoom } from "./unanswered.ts";

const CHECK_MS = 250;
const POLL_MS = 50;
const DELIVERY_MS = 200;
/** Everything is answered within 5 s. */
const ANSWER_MS = 5_000;

type Person = { participant: Participant; rooms: SentRoom[]; views: RoomView[] };

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The part of a run's people that lives in this process. */
export class RunShare {
  readonly tally = new Tally();
  readonly #people: Person[];
  readonly #scenario: Prepare["scenario"];
  readonly #random: () => number;
  readonly #ledger: Ledger = { acknowledged: [], repeated: new Set() };
  readonly #receivedTwice = new Set<number>();

  constructor(request: Prepare) {
    this.#scenario = request.scenario;
    this.#random = seededRandom(request.seed + request.first);
    this.#people = this.#makePeople(request);
    setInterval(() => {
      const nowMs = performance.now();
      for (const { participant } of this.#people) participant.check(nowMs);
    }, CHECK_MS);
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
    const text = "m".repeat(payload);
    for (let next = schedule.nextMicros; next !== undefined; next = schedule.nextMicros) {
      await wait((next - machineMicros()) / 1_000);
      for (const intended of schedule.due(machineMicros())) this.#sendOne(text, intended);
    }
    await wait((startMicros - machineMicros()) / 1_000 + durationMs);
    for (const timer of timers) clearTimeout(timer);
    for (const { participant } of this.#people) participant.resume();
    return { generator: generator.stop() };
  }

  /** Waits until everything has been answered, and everybody is back. */
  async settle({ timeoutMs }: { timeoutMs: number }): Promise<Settled> {
    const isSettled = ({ participant }: Person) =>
      participant.unanswered === 0 && participant.isReady;
    await this.#until(() => this.#people.every(isSettled), timeoutMs);
    // The last ones are on their way to their receivers.
    await wait(DELIVERY_MS);
    const acknowledged = Float64Array.from(this.#ledger.acknowledged);
    this.#ledger.acknowledged.length = 0;
    const unanswered = this.#people.flatMap(({ participant }) => [...participant.unansweredKeys()]);
    return {
      latencies: this.tally.takeLatencies(),
      acknowledged,
      unanswered: Float64Array.from(unanswered),
      repeated: Float64Array.from(this.#ledger.repeated),
      receivedTwice: Float64Array.from(this.#receivedTwice),
    };
  }

  /** Gives everybody the time that the contract allows, then says who does not hold what is stored. */
  async compare({
    truths,
    timeoutMs,
  }: RunTasks["compare"]["request"]): Promise<RunTasks["compare"]["answer"]> {
    const holders = this.#people.flatMap(({ participant, rooms, views }) =>
      views.flatMap((view, at) => {
        const room = rooms[at]?.index ?? -1;
        const truth = truths[room];
        return truth ? [{ user: participant.place, room, view, truth }] : [];
      }),
    );
    await this.#until(() => holders.every(({ view, truth }) => view.seq >= truth.seq), timeoutMs);
    const mismatches = holders.flatMap(({ user, room, view, truth }) => {
      const mismatch = compareWith(view, truth);
      return mismatch ? [{ user, room, ...mismatch }] : [];
    });
    const resets = holders.filter(({ view }) => view.isReset).length;
    return { mismatches, receivers: holders.length, resets };
  }

  /** Whoever has waited for an answer all this time gives up, so that what is stored stands still. */
  async freeze(): Promise<null> {
    const isWaiting = this.#people.some(({ participant }) => participant.unanswered > 0);
    for (const { participant } of this.#people) participant.freeze();
    if (isWaiting) await wait(ANSWER_MS);
    return null;
  }

  finish(): RunTasks["finish"]["answer"] {
    for (const { participant } of this.#people) participant.stop();
    const { violations, errors, counters } = this.tally;
    return { violations, errors, counters };
  }

  #makePeople(request: Prepare): Person[] {
    const { first, users, rooms, localAddresses } = request;
    const people = users.map((user, index) => ({ user, index, rooms: [] as SentRoom[] }));
    for (const [index, { roomId, members }] of rooms.entries()) {
      const room = { index, roomId, roomTag: roomTagOf(roomId) };
      for (const member of members) people[member - first]?.rooms.push(room);
    }
    return people.map(({ user, index, rooms: own }) => {
      const views = own.map(({ roomId, roomTag, index: at }) => {
        const made = rooms[at];
        return new RoomView(roomId, roomTag, made?.rev ?? 0, made?.seq ?? 0);
      });
      const participant = new Participant({
        ...request,
        user,
        place: first + index,
        localAddress: localAddresses[index % Math.max(localAddresses.length, 1)],
        rooms: new Map(views.map((view) => [view.roomId, view])),
        tally: this.tally,
        ledger: this.#ledger,
        random: this.#random,
        onRepeated: (key) => this.#receivedTwice.add(key),
      });
      return { participant, rooms: own, views };
    });
  }

  #sendOne(text: string, intendedMicros: number): void {
    this.tally.measure("lateness", intendedMicros);
    const person = this.#anyOf(this.#people);
    const room = person && this.#anyOf(person.rooms);
    if (!person || !room) return;
    person.participant.send(room, text, intendedMicros);
    if (this.#scenario !== "mixed") return;
    const view = person.participant.rooms.get(room.roomId);
    if (view) sideTalk(person.participant, view, this.#random);
  }

  #anyOf<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.#random() * items.length)];
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

function compareWith(
  view: RoomView,
  truth: RoomTruth,
): Pick<Mismatch, "missing" | "isDifferent"> | undefined {
  if (view.seq < truth.seq) return { missing: truth.seq - view.seq, isDifferent: false };
  if (view.isReset) return undefined;
  if (view.count < truth.count) return { missing: truth.count - view.count, isDifferent: false };
  const isDifferent = view.count !== truth.count || view.sum !== truth.sum;
  return isDifferent ? { missing: 0, isDifferent } : undefined;
}
