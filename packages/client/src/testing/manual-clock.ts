import type { Clock } from "../clock.ts";

type Timer = { atMs: number; run: () => void };

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs: number;
  /** What the clock shows, minus the time that timers run by. */
  #aheadMs = 0;
  #timers: Timer[] = [];

  constructor(startMs = 1_000_000) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs + this.#aheadMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, ms), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Time passes and no timer runs, as when a laptop is closed. */
  sleep(ms: number): void {
    this.#nowMs += ms;
  }

  /** The clock is set, back where `ms` is negative; no time passes. */
  adjust(ms: number): void {
    this.#aheadMs += ms;
  }

  get timersWaiting(): number {
    return this.#timers.length;
  }

  /** Runs what falls due, in order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    for (let next = this.#nextBy(untilMs); next; next = this.#nextBy(untilMs)) {
      const due = next;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.run();
      await settled();
    }
    this.#nowMs = untilMs;
  }

  #nextBy(untilMs: number): Timer | undefined {
    return this.#timers
      .filter(({ atMs }) => atMs <= untilMs)
      .reduce<Timer | undefined>(
        (first, timer) => (first && first.atMs <= timer.atMs ? first : timer),
        undefined,
      );
  }
}

/** Resolves when every promise that can settle now has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
