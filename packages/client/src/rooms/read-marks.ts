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

/**
 * Tells the server what has been read: collected for a moment, forward only, and kept until it is
 * told, over reconnects too.
 */
export class ReadMarks {
  readonly #parts: ReadMarksParts;
  readonly #unsaid = new Map<string, number>();
  readonly #told = new Map<string, number>();
  #cancel: (() => void) | null = null;
  #attempt = 0;
  #isStopped = false;

  constructor(parts: ReadMarksParts) {
    this.#parts = parts;
  }

  mark(roomId: string, seq: number): void {
    if (seq <= Math.max(this.#told.get(roomId) ?? 0, this.#unsaid.get(roomId) ?? 0)) return;
    this.#unsaid.set(roomId, seq);
    this.#schedule(READ_DEBOUNCE_MS);
  }

  /** The connection is ready again, perhaps to a database that was restored and knows less. */
  resume(): void {
    this.#told.clear();
    this.#attempt = 0;
    if (this.#unsaid.size > 0) this.#schedule(0);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #schedule(waitMs: number): void {
    if (this.#isStopped) return;
    this.#cancel ??= this.#parts.clock.after(waitMs, () => {
      this.#cancel = null;
      if (!this.#parts.requests.isReady()) return;
      for (const [roomId, seq] of this.#unsaid) void this.#tell(roomId, seq);
    });
  }

  async #tell(roomId: string, seq: number): Promise<void> {
    this.#unsaid.delete(roomId);
    try {
      const { readSeq } = await this.#parts.requests.request("room:read", { roomId, seq });
      this.#attempt = 0;
      this.#told.set(roomId, Math.max(readSeq, this.#told.get(roomId) ?? 0));
      if (!this.#isStopped) this.#parts.onConfirmed(roomId, readSeq);
    } catch (caught) {
      const error = MoimError.from(caught);
      // Refused for good: no member any more.
      if (!error.retryable) return;
      this.#unsaid.set(roomId, Math.max(seq, this.#unsaid.get(roomId) ?? 0));
      const waitMs = Math.max(
        backoffMs(this.#attempt++, this.#parts.random),
        error.retryAfterMs ?? 0,
      );
      this.#schedule(waitMs);
    }
  }
}
