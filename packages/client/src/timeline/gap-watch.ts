import { AHEAD_WAIT_MS, BACKOFF_FIRST_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/**
 * Has a gap fetched unless it closes by itself: what is missing usually comes in a moment. A gap that
 * syncs do not close is asked for ever more patiently.
 */
export class GapWatch {
  readonly #clock: Clock;
  readonly #fetch: () => void;
  #cancel: (() => void) | null = null;
  #syncsWithoutEnd = 0;
  #isStopped = false;

  constructor(clock: Clock, fetch: () => void) {
    this.#clock = clock;
    this.#fetch = fetch;
  }

  open(): void {
    // Not put off by further changes: a gap in a busy room must not stay open.
    if (this.#cancel || this.#isStopped) return;
    const patienceMs = BACKOFF_FIRST_MS * (2 ** Math.min(this.#syncsWithoutEnd, 6) - 1);
    this.#cancel = this.#clock.after(AHEAD_WAIT_MS + patienceMs, () => {
      this.#cancel = null;
      this.#fetch();
    });
  }

  closed(): void {
    this.#syncsWithoutEnd = 0;
    this.#end();
  }

  /** The answer to a sync is there; whether it closes the gap, `open` or `closed` tells next. */
  synced(): void {
    this.#syncsWithoutEnd++;
    this.#end();
  }

  stop(): void {
    this.#isStopped = true;
    this.#end();
  }

  #end(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
