import type { Message } from "@moim/protocol";
import type { Delivery, PendingMessage } from "../api.ts";
import { backoffMs } from "../backoff.ts";
import { OUTBOX_INTERNAL_ERRORS_MAX } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import { byPosition, type OutboxStorage, type StoredEntry } from "./storage.ts";

export type QueuedEntry = {
  readonly stored: StoredEntry;
  readonly delivery: Delivery;
  /** False while it is only on the screen: nothing is sent that a crash could make unknown. */
  readonly isKept: boolean;
  /** How often the server answered `internal`. */
  readonly internalErrors: number;
};

export type RoomQueueParts = {
  storage: OutboxStorage;
  clock: Clock;
  random: () => number;
  /** While false nothing is tried; whoever makes it true calls `resume`. */
  isReady(): boolean;
  /** Keeps other tabs from sending the same room's messages meanwhile, where it can. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Rejects with `MoimError`. Called with one message at a time. */
  transmit(entry: StoredEntry): Promise<Message>;
  /** Called before the message leaves the queue, so that no view ever holds neither. */
  onAccepted(pending: PendingMessage, message: Message): void;
  onChanged(): void;
};

/**
 * One room's messages on their way to the server, strictly in the order typed: the next one is sent
 * when the one before is answered. An unknown outcome is repeated under the same `clientId`; a
 * refusal for good marks the message failed and lets the next pass.
 */
export class RoomQueue {
  #entries: readonly QueuedEntry[] = [];
  readonly #parts: RoomQueueParts;
  #isSending = false;
  #isStopped = false;
  #attempt = 0;
  /** What the next try waits for, after a failure: a server that did not serve, or its time to come. */
  #waitsFor: "service" | "its time" = "its time";
  /** Null while nothing waits for another try. */
  #cancelRetry: (() => void) | null = null;

  constructor(parts: RoomQueueParts) {
    this.#parts = parts;
  }

  get entries(): readonly QueuedEntry[] {
    return this.#entries;
  }

  put(entry: QueuedEntry): void {
    const others = this.#entries.filter((other) => other.stored.clientId !== entry.stored.clientId);
    this.#entries = [...others, entry].sort((left, right) => byPosition(left.stored, right.stored));
    this.#parts.onChanged();
  }

  /** The storage holds it, and it may be sent; unless it has been taken back meanwhile. */
  kept(clientId: string): void {
    const entry = this.#entries.find(({ stored }) => stored.clientId === clientId);
    if (entry) this.put({ ...entry, isKept: true });
    if (this.#cancelRetry === null || this.#waitsFor === "service") this.resume();
  }

  remove(clientId: string): void {
    this.#entries = this.#entries.filter((entry) => entry.stored.clientId !== clientId);
    this.#parts.onChanged();
  }

  /** Sends what waits. Does nothing while it is at it already. */
  resume(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (this.#isSending || this.#isStopped) return;
    void this.#sendWaiting();
  }

  /**
   * The server has committed something: what it could not serve is tried at once, for by now the wait between
   * two tries may be half a minute. What it told to come back later waits all the same.
   */
  serverCommits(): void {
    if (this.#waitsFor === "service") this.resume();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry?.();
  }

  async #sendWaiting(): Promise<void> {
    this.#isSending = true;
    try {
      while (!this.#isStopped && this.#parts.isReady()) {
        const entry = this.#entries.find(({ delivery }) => delivery.state === "waiting");
        // Not kept yet: what was typed after it waits, too, so that the order stays.
        if (!entry?.isKept) return;
        const retryInMs = await this.#send(entry);
        if (retryInMs === null) continue;
        if (this.#isStopped) return;
        this.#cancelRetry = this.#parts.clock.after(retryInMs, () => this.resume());
        return;
      }
    } finally {
      // Within the same turn in which nothing was found to send: what is kept in the next one is sent.
      this.#isSending = false;
    }
  }

  /** Null: go on with the next. Otherwise nothing of this room may be sent before that time. */
  async #send(entry: QueuedEntry): Promise<number | null> {
    const { clock } = this.#parts;
    this.#waitsFor = "its time";
    this.put({ ...entry, delivery: { state: "sending", sinceMs: clock.now() } });
    try {
      await this.#parts.exclusively(() => this.#transmit(entry));
      this.#attempt = 0;
      return null;
    } catch (caught) {
      return this.#afterFailure(entry, MoimError.from(caught));
    }
  }

  async #transmit({ stored }: QueuedEntry): Promise<void> {
    const { storage, transmit, onAccepted } = this.#parts;
    // Another tab has sent it, or its author has taken it back there.
    if (storage.isShared && !(await storage.has(stored.userId, stored.clientId))) {
      return this.remove(stored.clientId);
    }
    const message = await transmit(stored);
    const entry = this.#entries.find((held) => held.stored.clientId === stored.clientId);
    if (entry) onAccepted(pendingOf(entry), message);
    this.remove(stored.clientId);
    await storage.remove(stored.userId, stored.clientId);
  }

  async #afterFailure(entry: QueuedEntry, error: MoimError): Promise<number | null> {
    const internalErrors = entry.internalErrors + (error.code === "internal" ? 1 : 0);
    const isRepeatable = error.retryable || endsSession(error);
    if (isRepeatable && internalErrors < OUTBOX_INTERNAL_ERRORS_MAX) {
      this.put({ ...entry, internalErrors, delivery: { state: "waiting" } });
      this.#waitsFor = error.code === "unavailable" ? "service" : "its time";
      return Math.max(backoffMs(this.#attempt++, this.#parts.random), error.retryAfterMs ?? 0);
    }
    const failed = { code: error.code, retryable: error.retryable };
    const stored = { ...entry.stored, failed };
    // After a sign-out nothing is written any more: it would outlive the clearing.
    if (this.#isStopped) return null;
    this.put({ ...entry, stored, internalErrors, delivery: { state: "failed", ...failed } });
    await this.#parts.storage.put(stored);
    return null;
  }
}

/** Says nothing about the message: its author signs in again, and it goes out. */
function endsSession({ code }: MoimError): boolean {
  return code === "session_revoked" || code === "token_invalid";
}

const made = new WeakMap<QueuedEntry, PendingMessage>();

/** The same object as long as nothing of it changes: what shows it need not look again. */
export function pendingOf(entry: QueuedEntry): PendingMessage {
  const known = made.get(entry);
  if (known) return known;
  const { clientId, roomId, text, replyTo, createdAt } = entry.stored;
  const pending = { clientId, roomId, text, replyTo, createdAt, delivery: entry.delivery };
  made.set(entry, pending);
  return pending;
}
