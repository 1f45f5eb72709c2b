import type { MintedUser } from "../clients/load-client.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import type { Standstill } from "../measure/standstill.ts";
import type { FirstStates } from "../receive/first-states.ts";
import type { RoomView } from "../receive/room-view.ts";
import { Acting } from "./acting.ts";
import { Connecting, type ConnectingEvents, type ConnectingParts } from "./connecting.ts";
import { type Hosted, Hosting } from "./hosting.ts";
import type { Ledger, SentRoom } from "./ledger.ts";
import { Receiving, type RoomStart } from "./receiving.ts";
import { Unanswered } from "./unanswered.ts";
import { Visits } from "./visits.ts";

export type OwnRoom = SentRoom & RoomStart;

export type ParticipantParts = ConnectingParts & {
  rooms: readonly OwnRoom[];
  /** Rooms that this user is let into and taken out of, and own ones with guests. */
  visits: readonly SentRoom[];
  hosted: readonly Hosted[];
  /** Whether it does more than writing. */
  acts: boolean;
  ledger: Ledger;
  standstill: Standstill;
  firstStatesOf(roomId: string): FirstStates;
  /** Messages whose changes came twice: whether they may is known when all workers are asked. */
  onRepeated(key: number, finding: string): void;
};

/** Everything is answered within 5 s: a connection on which something waits for longer is dead. */
const ANSWER_TIMEOUT_MICROS = 10_000_000;

/** Whatever is told to a room's members alone. */
const OF_MEMBERS: readonly string[] = ["room:read", "room:typing"];

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** One user of a run, on either client: is connected, writes, receives, and does what people do beside that. */
export class Participant {
  /** Among all users of the run. */
  readonly place: number;
  readonly #parts: ParticipantParts;
  readonly #connecting: Connecting;
  readonly #receiving: Receiving;
  readonly #unanswered: Unanswered;
  readonly #acting: Acting | undefined;
  readonly #visits: Visits | undefined;
  readonly #hosting: Hosting | undefined;
  /** Before, no answer could be read. */
  #readsSinceMicros = 0;
  #isPaused = false;

  constructor(parts: ParticipantParts) {
    this.#parts = parts;
    this.place = parts.place;
    this.#connecting = new Connecting(parts, this.#events());
    const { client, raw } = this.#connecting;
    this.#receiving = new Receiving({
      ...parts,
      client: raw,
      onForeign: (packet) => this.#visits?.foreign(packet) ?? false,
      mayVisit: (roomId) => this.#visits?.has(roomId) ?? false,
    });
    const { userId } = parts.user;
    // There are thousands of participants, most of whom only write and receive.
    if (parts.acts) this.#acting = new Acting({ ...parts, userId, client });
    this.#unanswered = this.#outbox();
    if (raw === undefined) return;
    if (parts.hosted.length > 0) this.#hosting = new Hosting({ ...parts, client: raw, wait });
    if (parts.visits.length === 0) return;
    this.#visits = new Visits({
      ...{ ...parts, userId, rooms: parts.visits, client: raw, receiving: this.#receiving },
      later: (ms, run) => this.#connecting.later(ms, run),
    });
  }

  unansweredKeys(): Iterable<number> {
    return this.#unanswered.keys();
  }

  /** Edits, deletions and reactions without an answer. */
  get unansweredChanges(): number {
    return this.#acting?.waiting ?? 0;
  }

  /** Connected, and nothing waits for an answer. */
  get isSettled(): boolean {
    return this.#connecting.isReady && this.#unanswered.size + this.unansweredChanges === 0;
  }

  view(roomId: string): RoomView | undefined {
    return this.#receiving.view(roomId);
  }

  /** Any of the rooms that it may write to now. */
  anyRoom(): SentRoom | undefined {
    const { rooms, random } = this.#parts;
    const visited = this.#visits?.inside ?? [];
    const at = Math.floor(random() * (rooms.length + visited.length));
    return rooms[at] ?? visited[at - rooms.length];
  }

  /** Lets guests in and out of its own rooms, and leaves those that it visits; resolves after `stopVisiting`. */
  async visit(): Promise<void> {
    if (this.#visits) this.#visits.isOpen = true;
    await this.#hosting?.host(this.#parts.hosted);
  }

  stopVisiting(): void {
    if (this.#visits) this.#visits.isOpen = false;
    this.#hosting?.close();
  }

  /** Resolves to the node's name; keeps trying for as long as it takes. */
  connect(intendedMicros: number): Promise<string> {
    return this.#connecting.connect(intendedMicros);
  }

  /** With a token that lives. */
  currentUser(): Promise<MintedUser> {
    return this.#connecting.currentUser();
  }

  /** So many bytes. */
  send(room: SentRoom, bytes: number, intendedMicros: number): void {
    const { isReady, client } = this.#connecting;
    const isWritable = isReady || client.recovery === "by itself";
    this.#unanswered.add(room, bytes, intendedMicros, isWritable);
  }

  /** Something beside messages. */
  act(room: SentRoom): void {
    const view = this.#receiving.view(room.roomId);
    if (view !== undefined && this.#connecting.isReady) this.#acting?.act(room, view);
  }

  cut(): void {
    this.#connecting.client.cut();
  }

  /** Stops reading, and writing: who is in a tunnel does neither. */
  pause(): void {
    this.#isPaused = true;
    this.#receiving.becomeSlow();
    this.#connecting.client.pause();
  }

  resume(): void {
    if (this.#isPaused) this.#receiving.readAgain();
    this.#isPaused = false;
    this.#connecting.client.resume();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  freeze(): void {
    this.#unanswered.freeze();
  }

  stop(): void {
    this.#connecting.stop();
  }

  /** Now and then: gaps that the server keeps silent about, and connections that are dead. */
  check(nowMs: number): void {
    const { raw, isReady } = this.#connecting;
    if (!this.#isPaused) this.#receiving.check(nowMs);
    const nowMicros = machineMicros();
    if (!isReady || this.#isPaused) this.#readsSinceMicros = nowMicros;
    const waitsSince = this.#unanswered.waitsSinceMicros ?? nowMicros;
    const sinceMicros = Math.max(waitsSince, this.#readsSinceMicros);
    if (raw && nowMicros - sinceMicros > ANSWER_TIMEOUT_MICROS) {
      this.#parts.tally.error("no answer");
      this.cut();
    }
  }

  #outbox(): Unanswered {
    const { place: sender, tally, ledger } = this.#parts;
    const { client } = this.#connecting;
    return new Unanswered({
      ...{ sender, tally, ledger },
      write: (message, onOutcome) => client.send(message, onOutcome),
      later: (ms, run) => setTimeout(() => this.#connecting.isReady && run(), ms),
      onStored: (room, seq) => this.#acting?.wrote(room, seq),
      mayHaveLeft: (roomId) => this.#visits?.has(roomId) ?? false,
    });
  }

  #events(): ConnectingEvents {
    return {
      ready: (isAgain) => this.#ready(isAgain),
      lost: () => {
        this.#unanswered.outcomesUnknown();
        this.#receiving.disconnected();
      },
      renewed: () => {
        this.#receiving.subscribed();
        this.#unanswered.rewrite();
      },
      changes: (packet) => {
        this.#visits?.saw(packet);
        this.#receiving.changes(packet);
      },
      head: (roomId, rev) => this.#receiving.head(roomId, rev),
      resync: () => {
        this.#visits?.recheck();
        this.#receiving.resync();
      },
      event: (name, json) => this.#event(name, json),
      misshown: (roomId, { violation, what }) =>
        this.#parts.tally.violate(
          violation,
          `room ${roomId}: user ${this.place} was shown ${what}`,
        ),
    };
  }

  #ready(isAgain: boolean): void {
    const { raw } = this.#connecting;
    if (raw === undefined) return;
    this.#receiving.subscribed();
    if (isAgain) {
      this.#visits?.recheck();
      void this.#receiving.reconnected();
    }
    if (this.#unanswered.size === 0) return;
    raw.cork();
    this.#unanswered.rewrite();
  }

  #event(name: string, json: () => string): void {
    if (name === "token:expired") this.#receiving.unsubscribed();
    if (name === "event:rejected") this.#parts.tally.error(JSON.parse(json()).error.code);
    if (OF_MEMBERS.includes(name)) this.#receiving.heardOf(JSON.parse(json()).roomId);
    if (name === "room:added") this.#visits?.added(JSON.parse(json()).room);
    if (name === "room:removed") this.#visits?.removed(JSON.parse(json()).roomId);
  }
}
