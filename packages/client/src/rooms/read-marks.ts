import { backoffMs } from "../backoff.ts";
import { READ_DEBOUNCE_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";

export type ReadMarksParts = {
  requests: Requests;
  clock: Clock;
  random: () => number;
  onConfirmed(roomId: string, readSeq: number): void;
};

/** What is to be told of one room, from when on, and how often that has failed. */
type Unsaid = { readonly seq: number; readonly dueMs: number; readonly attempts: number };

/**
 * Tells the server what has been read: collected for a moment, forward only, and kept until it is
 * told, over reconnects too. A room whose mark has to wait keeps no other waiting.
 */
export class ReadMarks {
  readonly #parts: ReadMarksParts;
  readonly #unsaid = new Map<string, Unsaid>();
  readonly #told = new Map<string, number>();
  #cancel: () => void = () => {};
  #isStopped = false;

  constructor(parts: ReadMarksParts) {
    this.#parts = parts;
  }

  mark(roomId: string, seq: number): void {
    const unsaid = this.#unsaid.get(roomId);
    if (seq <= Math.max(this.#told.get(roomId) ?? 0, unsaid?.seq ?? 0)) return;
    const dueMs = this.#parts.clock.now() + READ_DEBOUNCE_MS;
    this.#unsaid.set(roomId, { dueMs, attempts: 0, ...unsaid, seq });
    this.#schedule();
  }

  /** The connection is ready again, perhaps to a database that was restored and knows less. */
  resume(): void {
    this.#told.clear();
    const dueMs = this.#parts.clock.now();
    for (const [roomId, { seq }] of this.#unsaid) {
      this.#unsaid.set(roomId, { seq, dueMs, attempts: 0 });
    }
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #schedule(): void {
    const { clock, requests } = this.#parts;
    this.#cancel();
    if (this.#isStopped || this.#unsaid.size === 0) return;
    const firstMs = Math.min(...[...this.#unsaid.values()].map(({ dueMs }) => dueMs));
    this.#cancel = clock.after(firstMs - clock.now(), () => {
      // Whoever connects again resumes.
      if (!requests.isReady()) return;
      for (const [roomId, unsaid] of this.#unsaid) {
        if (unsaid.dueMs <= clock.now()) void this.#tell(roomId, unsaid);
      }
      this.#schedule();
    });
  }

  async #tell(roomId: string, { seq, attempts }: Unsaid): Promise<void> {
    const { requests, clock, random, onConfirmed } = this.#parts;
    this.#unsaid.delete(roomId);
    try {
      const { readSeq } = await requests.request("room:read", { roomId, seq });
      this.#told.set(roomId, Math.max(readSeq, this.#told.get(roomId) ?? 0));
      if (!this.#isStopped) onConfirmed(roomId, readSeq);
    } catch (caught) {
      const error = MoimError.from(caught);
      // Refused for good: no member any more.
      if (!error.retryable) return;
      const waitMs = Math.max(backoffMs(attempts, random), error.retryAfterMs ?? 0);
      const highest = Math.max(seq, this.#unsaid.get(roomId)?.seq ?? 0);
      const dueMs = clock.now() + waitMs;
      this.#unsaid.set(roomId, { seq: highest, dueMs, attempts: attempts + 1 });
      this.#schedule();
    }
  }
}
