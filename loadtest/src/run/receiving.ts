import type { RoomChanges } from "../clients/changes.ts";
import { roomTagOf } from "../clients/client-id.ts";
import type { RawClient } from "../clients/raw-client.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import type { Standstill } from "../measure/standstill.ts";
import type { FirstStates } from "../receive/first-states.ts";
import { type Noticed, RoomView } from "../receive/room-view.ts";
import { CatchingUp } from "./catching-up.ts";
import type { Ledger } from "./ledger.ts";
import { Standing } from "./standing.ts";
import type { Tally } from "./tally.ts";

/** A room as it stands when somebody begins to follow it. */
export type RoomStart = { roomId: string; rev: number; seq: number };

export type ReceivingParts = {
  /** The receiver's place among all users of the run. */
  place: number;
  rooms: readonly RoomStart[];
  tally: Tally;
  /** Absent: the client package, which orders and fetches by itself. */
  client: RawClient | undefined;
  firstStatesOf(roomId: string): FirstStates;
  /** Messages whose changes came twice: whether they may is known when all workers are asked. */
  onRepeated(key: number, finding: string): void;
  ledger: Pick<Ledger, "toldLate">;
  standstill: Pick<Standstill, "sinceMicros">;
  /** Changes of a room that is not followed; true if they may come. */
  onForeign(packet: RoomChanges): boolean;
  mayVisit(roomId: string): boolean;
};

/** One user's receiving end: follows each of its rooms, and fetches what it is told that it has missed. */
export class Receiving {
  readonly #parts: ReceivingParts;
  readonly #views = new Map<string, RoomView>();
  readonly #noticed: Noticed;
  readonly #catchingUp: CatchingUp | undefined;
  #isSlow = false;
  readonly #standing: Standing;

  constructor(parts: ReceivingParts) {
    this.#parts = parts;
    this.#noticed = noticedBy(parts, () => this.#isSlow);
    const { client, tally, place, ledger, standstill } = parts;
    this.#standing = new Standing({ place, ledger, standstill, nowMicros: machineMicros });
    for (const room of parts.rooms) this.follow(room);
    if (client === undefined) return;
    this.#catchingUp = new CatchingUp({
      client,
      noticed: this.#noticed,
      onTold: (change, toldMicros, roomId) => {
        // Who does not read hears late by its own doing; a guest's view begins anew whenever it comes.
        if (this.#isSlow || parts.mayVisit(roomId)) return;
        this.#standing.told(change, toldMicros, roomId);
      },
      onDenied: (roomId, how) => {
        const asking = `user ${parts.place}, asking by room:sync`;
        tally.violate("lost", `room ${roomId}: ${asking}, ${how}`);
      },
      mayVisit: parts.mayVisit,
      error: (code) => tally.error(code),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
  }

  get views(): Iterable<RoomView> {
    return this.#views.values();
  }

  view(roomId: string): RoomView | undefined {
    return this.#views.get(roomId);
  }

  /** Has stopped reading for a while: what it gets from then on is late by its own doing. */
  becomeSlow(): void {
    this.#isSlow = true;
  }

  readAgain(): void {
    const nowMs = performance.now();
    for (const view of this.views) view.readAgain(nowMs);
  }

  follow({ roomId, rev, seq }: RoomStart): void {
    const first = this.#parts.firstStatesOf(roomId);
    const view = new RoomView({ roomId, roomTag: roomTagOf(roomId), rev, seq, first });
    this.#views.set(roomId, view);
  }

  forget(roomId: string): void {
    this.#views.delete(roomId);
  }

  changes(packet: RoomChanges): void {
    const view = this.#views.get(packet.roomId);
    if (view === undefined) {
      if (!this.#parts.onForeign(packet)) this.#noticed.wrongRoom(packet.roomId);
      return;
    }
    const nowMs = performance.now();
    for (const change of packet.changes) {
      if (this.#parts.client === undefined) view.shown(change, this.#noticed);
      else view.live(change, nowMs, this.#noticed);
    }
  }

  /** Something that passes by and leaves nothing, such as that somebody types. */
  heardOf(roomId: string): void {
    if (this.#views.has(roomId) || this.#parts.mayVisit(roomId)) return;
    this.#noticed.wrongRoom(roomId);
  }

  /** `room:head` */
  head(roomId: string, rev: number): void {
    const view = this.#views.get(roomId);
    view?.told();
    if (view === undefined || rev <= view.rev) return;
    void this.#catchingUp?.fetch([view], machineMicros());
  }

  /** `resync` */
  resync(): void {
    for (const view of this.views) view.told();
    void this.#catchingUp?.fetch(this.views, machineMicros());
  }

  /** The server has subscribed this connection to everything. */
  subscribed(): void {
    this.#standing.subscribed();
  }

  /** The token has run out: until it is renewed nothing is told. */
  unsubscribed(): void {
    this.#standing.unsubscribed();
  }

  disconnected(): void {
    this.unsubscribed();
    for (const view of this.views) view.disconnected();
  }

  /** A new connection is there. Resolves once everything is held, or the connection has ended. */
  async reconnected(): Promise<void> {
    const readyMicros = machineMicros();
    const isComplete = await this.#catchingUp?.fetch(this.views);
    if (isComplete) this.#parts.tally.measure("catchUp", readyMicros);
  }

  /** Now and then: gaps that the server keeps silent about. */
  check(nowMs: number): void {
    const silent = [...this.views].filter((view) => view.checkGaps(nowMs, this.#noticed));
    if (silent.length > 0) void this.#catchingUp?.fetch(silent);
  }
}

function noticedBy({ place, tally, onRepeated }: ReceivingParts, isSlow: () => boolean): Noticed {
  const { counters } = tally;
  return {
    silentGap: (rev, roomId) =>
      tally.violate(
        "lost",
        `room ${roomId}: user ${place} did not get change ${rev}, nor was told of it`,
      ),
    outOfOrder: (rev, roomId) =>
      tally.violate(
        "outOfOrder",
        `room ${roomId}: user ${place} got change ${rev} after later ones`,
      ),
    wrongRoom: (roomId) =>
      tally.violate("wrongRoom", `room ${roomId}: user ${place} got what is not for it`),
    repeated: ({ key, seq, rev }, roomId) =>
      onRepeated(key, `room ${roomId}: user ${place} got change ${rev}, of message ${seq}, twice`),
    taken: ({ key, intendedMicros }, how) => {
      if (key < 0) return;
      counters[how === "live" ? "delivered" : "fetched"]++;
      const live = isSlow() ? "toSlow" : "delivery";
      tally.measure(how === "live" ? live : "fetched", intendedMicros);
    },
  };
}
