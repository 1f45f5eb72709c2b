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

/** What is to be told of one room, how often that has failed, and the end of its timer. */
type Unsaid = { readonly seq: number; readonly attempts: number; readonly cancel: () => void };

/**
 * Tells the server what has been read: collected for a moment, forward only, and kept until it is
 * told, over reconnects too. A room whose mark has to wait keeps no other waiting.
 */
export class ReadMarks {
  readonly #parts: ReadMarksParts;
  readonly #unsaid = new Map<string, Unsaid>();
  readonly #underWay = new Map<string, number>();
  readonly #told = new Map<string, number>();
  #isStopped = false;

  constructor(parts: ReadMarksParts) {
    this.#parts = parts;
  }

  mark(roomId: string, seq: number): void {
    const unsaid = this.#unsaid.get(roomId);
    const said = Math.max(this.#told.get(roomId) ?? 0, this.#underWay.get(roomId) ?? 0);
    if (seq <= Math.max(said, unsaid?.seq ?? 0)) return;
    if (unsaid) this.#unsaid.set(roomId, { ...unsaid, seq });
    else this.#tellLater(roomId, { seq, attempts: 0 }, READ_DEBOUNCE_MS);
  }

  /** The connection is ready again, perhaps to a database that was restored and knows less. */
  resume(): void {
    this.#told.clear();
    for (const [roomId, { seq }] of this.#unsaid) this.#tellLater(roomId, { seq, attempts: 0 }, 0);
  }

  stop(): void {
    this.#isStopped = true;
    for (const { cancel } of this.#unsaid.values()) cancel();
  }

  #tellLater(roomId: string, unsaid: Omit<Unsaid, "cancel">, waitMs: number): void {
    this.#unsaid.get(roomId)?.cancel();
    if (this.#isStopped) return;
    const cancel = this.#parts.clock.after(waitMs, () => void this.#tell(roomId));
    this.#unsaid.set(roomId, { ...unsaid, cancel });
  }

  async #tell(roomId: string): Promise<void> {
    const { requests, random, onConfirmed } = this.#parts;
    const unsaid = this.#unsaid.get(roomId);
    // Whoever connects again resumes.
    if (!unsaid || !requests.isReady()) return;
    const { seq, attempts } = unsaid;
    this.#unsaid.delete(roomId);
    this.#underWay.set(roomId, seq);
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
      this.#tellLater(roomId, { seq: highest, attempts: attempts + 1 }, waitMs);
    } finally {
      if (this.#underWay.get(roomId) === seq) this.#underWay.delete(roomId);
    }
  }
}
