import type { Clock } from "../clock.ts";

type Timer = { at: number; callback: () => void };

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now: number;
  #timers: Timer[] = [];

  constructor(startsAt = 1_000_000) {
    this.#now = startsAt;
  }

  now(): number {
    return this.#now;
  }

  /** As Node does it: more than 2^31 - 1 ms fire at once. */
  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + (delayMs > 2 ** 31 - 1 ? 1 : delayMs), callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get timersWaiting(): number {
    return this.#timers.length;
  }

  /** Calls back what falls due, in order of time, and lets promises settle in between. */
  async advance(byMs: number): Promise<void> {
    const until = this.#now + byMs;
    await settled();
    for (let next = this.#nextBy(until); next; next = this.#nextBy(until)) {
      const due = next;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await settled();
    }
    this.#now = until;
  }

  #nextBy(until: number): Timer | undefined {
    return this.#timers
      .filter(({ at }) => at <= until)
      .reduce<Timer | undefined>(
        (first, timer) => (first && first.at <= timer.at ? first : timer),
        undefined,
      );
  }
}

/** Resolves when every promise that can settle now has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
