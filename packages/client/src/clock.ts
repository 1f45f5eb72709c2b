/** Time as it is passed in, so that tests never sleep. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs once, `ms` from now; the returned function calls it off. */
  after(ms: number, run: () => void): () => void;
}

/** Longer waits overflow the platform's timers and would fire at once. */
const TIMER_MS_MAX = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), TIMER_MS_MAX));
    return () => clearTimeout(timer);
  },
};

/**
 * The server's clock as seen from here: tokens end by its time, and a phone may be minutes off.
 */
export class ServerClock {
  readonly #clock: Clock;
  #aheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** What another tab, with the same clock, has measured. */
  agree(aheadMs: number): void {
    this.#aheadMs = aheadMs;
  }

  /** `serverTimeMs` has just been read from an answer. */
  measure(serverTimeMs: number): void {
    this.#aheadMs = serverTimeMs - this.#clock.now();
  }
}
