import type { Logger } from "@moim/service";
import type { Clock } from "../clock.ts";
import type { Seen } from "../persist/presence.ts";
import { LAST_SEEN_DELAY_MS, LAST_SEEN_ROWS, LAST_SEEN_WAITING_MAX } from "./bounds.ts";

export type LastSeenOptions = {
  clock: Clock;
  logger: Logger;
  /** Keeps the newest time of each user. */
  store(seen: readonly Seen[]): Promise<void>;
};

/**
 * Writes down when users were last seen: a second later, many at once, one statement at a time.
 * While the database does not answer, times wait, up to a bound.
 */
export class LastSeen {
  readonly #options: LastSeenOptions;
  readonly #waiting = new Map<string, number>();
  #writing: Promise<void> | undefined;
  #isDue = false;
  #isClosed = false;

  constructor(options: LastSeenOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  record(userIds: readonly string[], at: number): void {
    if (this.#isClosed) return;
    for (const userId of userIds) this.#keep(userId, at);
    this.#schedule();
  }

  /**
   * Resolves once all that waited is stored, or could not be: it then waits on. Never rejects.
   */
  async flush(): Promise<void> {
    // What came after a write under way had begun is in the next one.
    await this.#writing;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  /** Stores what waits, as far as the database answers; what is recorded later is not. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const rows = [...this.#waiting].slice(0, LAST_SEEN_ROWS);
      for (const [userId] of rows) this.#waiting.delete(userId);
      try {
        await this.#options.store(rows.map(([userId, at]) => ({ userId, at })));
      } catch (error) {
        this.#options.logger.warn({ err: error }, "times of last being seen not written yet");
        for (const [userId, at] of rows) this.#keep(userId, at);
        this.#schedule();
        return;
      }
    }
  }

  #keep(userId: string, at: number): void {
    const present = this.#waiting.get(userId);
    this.#waiting.set(userId, Math.max(at, present ?? at));
    if (this.#waiting.size <= LAST_SEEN_WAITING_MAX) return;
    for (const oldest of this.#waiting.keys()) {
      this.#waiting.delete(oldest);
      return;
    }
  }

  #schedule(): void {
    if (this.#isDue || this.#isClosed) return;
    this.#isDue = true;
    this.#options.clock.after(LAST_SEEN_DELAY_MS, () => {
      this.#isDue = false;
      void this.flush();
    });
  }
}
