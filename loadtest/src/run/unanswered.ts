import { encodeClientId, keyOf } from "../clients/client-id.ts";
import type { OutgoingMessage, SendOutcome } from "../clients/load-client.ts";
import { textOf } from "../clients/message-text.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import type { Ledger, SentRoom } from "./ledger.ts";
import type { Tally } from "./tally.ts";

type Entry = {
  message: OutgoingMessage;
  key: number;
  room: SentRoom;
  intendedMicros: number;
  writtenMicros: number;
  /** On its way: what becomes of it is unknown when the connection ends. */
  isWritten: boolean;
};

export type UnansweredParts = {
  sender: number;
  tally: Tally;
  ledger: Ledger;
  write(message: OutgoingMessage, onOutcome: (outcome: SendOutcome) => void): void;
  later(ms: number, run: () => void): void;
  onStored(room: SentRoom, seq: number): void;
  /** Whether the sender may be in this room no more, so that the server is right to refuse. */
  mayHaveLeft(roomId: string): boolean;
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

  /** When the one was written that has waited longest for its answer; undefined: none does. */
  get waitsSinceMicros(): number | undefined {
    let since: number | undefined;
    for (const { isWritten, writtenMicros } of this.#entries.values()) {
      if (isWritten && writtenMicros < (since ?? Number.POSITIVE_INFINITY)) since = writtenMicros;
    }
    return since;
  }

  keys(): Iterable<number> {
    return this.#entries.keys();
  }

  /** `isConnected`: it is written at once; otherwise by `rewrite`. */
  add(room: SentRoom, bytes: number, intendedMicros: number, isConnected: boolean): void {
    const { sender, tally } = this.#parts;
    const number = this.#nextNumber++;
    const key = keyOf({ sender, number });
    const clientId = encodeClientId({ intendedMicros, roomTag: room.roomTag, sender, number });
    const message = { roomId: room.roomId, clientId, text: textOf(key, bytes) };
    const entry = { message, key, room, intendedMicros, writtenMicros: 0 };
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
    const { tally, ledger, later, onStored, mayHaveLeft } = this.#parts;
    if (outcome.outcome === "stored") {
      if (!this.#entries.delete(entry.key)) return;
      tally.counters.acknowledged++;
      tally.measure("ack", entry.intendedMicros);
      tally.measure("service", entry.writtenMicros);
      ledger.acknowledged.push(entry.room.index, outcome.seq, entry.key, machineMicros());
      onStored(entry.room, outcome.seq);
      return;
    }
    if (outcome.code === "not_found" && mayHaveLeft(entry.room.roomId)) {
      this.#entries.delete(entry.key);
      tally.counters.turnedAway++;
      return;
    }
    tally.error(outcome.code);
    if (!outcome.retryable && outcome.code !== "token_expired") {
      this.#entries.delete(entry.key);
      tally.counters.refused++;
      return;
    }
    ledger.delayed.add(entry.key);
    // These two leave open whether it was stored.
    if (outcome.code === "unavailable" || outcome.code === "internal") this.#mayRepeat(entry);
    entry.isWritten = false;
    later(Math.max(outcome.retryAfterMs, RETRY_MS), () => this.#write(entry.key));
  }
}

const RETRY_MS = 100;
