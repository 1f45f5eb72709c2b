import type { Clock } from "../../src/clock.ts";

/** How many seconds a quick clock counts in one. */
export const SPEED = 5;

/**
 * A clock that runs five times as fast from `startsAt` on, for tests of what takes a minute between
 * real nodes. Processes that are given the same start agree on the time.
 */
export function quickClock(startsAt: number): Clock {
  return {
    now: () => Math.round(startsAt + (Date.now() - startsAt) * SPEED),
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs / SPEED).unref();
      return () => clearTimeout(timer);
    },
  };
}
