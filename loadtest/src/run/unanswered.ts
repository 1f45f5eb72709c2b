import { encodeClientId, keyOf } from "../clients/client-id.ts";
import type { OutgoingMessage, SendOutcome } from "../clients/load-client.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import type { Tally } from "./tally.ts";

export type SentRoom = { index: number; roomId: string; roomTag: number };

type Entry = {
  message: OutgoingMessage;
  key: number;
  room: number;
  intendedMicros: number;
  writtenMicros: number;
  /** On its way: what becomes of it is unknown when the connection ends. */
  isWritten: boolean;
};

/** What the servers have answered, or may have stored, to be compared with their history. */
export type Ledger = {
  /** Three numbers for each answer: room, seq, key. */
  acknowledged: number[];
  /** Keys that were sent more than once: their announcements may come more than once. */
  repeated: Set<number>;
};

export type UnansweredParts = {
  sender: number;
  tally: Tally;
  ledger: Ledger;
  write(message: OutgoingMessage, onOutcome: (outcome: SendOutcome) => void): void;
  later(ms: number, run: () => void): void;
};

/**
 * One sender's messages until they are answered, in the order in which they were due. Whatever has no
 * certain answer is repeated under the same `clientId`, as the contract asks of a client.
 */
export class Unanswered {
  readonly #parts: UnansweredParts;
  readonly #entries = new Map<number, Entry>();
  #nextNumber = 0;
  #isFrozen = false;

  constructor(parts: UnansweredParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#entries.size;
  }

  keys(): Iterable<number> {
    return this.#entries.keys();
  }

  /** `isConnected`: it is written at once; otherwise by `rewrite`. */
  add(room: SentRoom, text: string, intendedMicros: number, isConnected: boolean): void {
    const { sender, tally } = this.#parts;
    const number = this.#nextNumber++;
    const key = keyOf({ sender, number });
    const clientId = encodeClientId({ intendedMicros, roomTag: room.roomTag, sender, number });
    const message = { roomId: room.roomId, clientId, text };
    const entry = { message, key, room: room.index, intendedMicros, writtenMicros: 0 };
    tally.counters.sent++;
    this.#entries.set(key, { ...entry, isWritten: false });
    if (isConnected) this.#write(key);
  }

  /** The connection has ended: what was on its way may have been stored or not. */
  outcomesUnknown(): void {
    for (const entry of this.#entries.values()) {
      if (entry.isWritten) this.#mayRepeat(entry);
      entry.isWritten = false;
    }
  }

  /** Nothing is sent from now on: what is stored is about to be read. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** A connection is there. */
  rewrite(): void {
    for (const [key, entry] of this.#entries) if (!entry.isWritten) this.#write(key);
  }

  #mayRepeat(entry: Entry): void {
    this.#parts.tally.counters.repeats++;
    this.#parts.ledger.repeated.add(entry.key);
  }

  #write(key: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.isWritten || this.#isFrozen) return;
    entry.isWritten = true;
    entry.writtenMicros = machineMicros();
    this.#parts.write(entry.message, (outcome) => this.#settle(entry, outcome));
  }

  #settle(entry: Entry, outcome: SendOutcome): void {
    const { tally, ledger, later } = this.#parts;
    if (outcome.outcome === "stored") {
      if (!this.#entries.delete(entry.key)) return;
      tally.counters.acknowledged++;
      tally.measure("ack", entry.intendedMicros);
      tally.measure("service", entry.writtenMicros);
      ledger.acknowledged.push(entry.room, outcome.seq, entry.key);
      return;
    }
    tally.error(outcome.code);
    if (!outcome.retryable && outcome.code !== "token_expired") {
      this.#entries.delete(entry.key);
      tally.counters.refused++;
      return;
    }
    // These two leave open whether it was stored.
    if (outcome.code === "unavailable" || outcome.code === "internal") this.#mayRepeat(entry);
    entry.isWritten = false;
    later(Math.max(outcome.retryAfterMs, RETRY_MS), () => this.#write(entry.key));
  }
}

const RETRY_MS = 100;
