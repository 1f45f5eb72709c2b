import { Failure } from "@moim/protocol";
import type { Clock } from "../clock.ts";

export type TurnstileOptions = {
  clock: Clock;
  /** Under way at once, of all users together. */
  atOnce: number;
  /** Waiting or under way for one user. */
  perUser: number;
  /** Waiting or under way for all users. */
  total: number;
  /** Whoever has waited so long is refused. */
  waitMsMax: number;
  /** Waiting and work together. */
  withinMs: number;
};

/** What a refused caller is asked to wait: by then some of those before are through. */
const RETRY_AFTER_MS = 1_000;

/**
 * Lets costly work through a few at a time, so that it leaves the database's connections to others.
 * Users take turns, however much one of them asks for; each one's own goes first come first served.
 * Rejects with `rate_limited` where too much waits already, and with `unavailable` when the turn does
 * not come in time; the work is then never begun.
 */
export class Turnstile {
  readonly #options: TurnstileOptions;
  /** By user; whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #waitingCount = 0;
  readonly #byUser = new Map<string, number>();
  #underWay = 0;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** `work` is told how much of its time is left; to keep to it is its own affair. */
  async pass<Result>(
    userId: string,
    work: (leftMs: () => number) => Promise<Result>,
  ): Promise<Result> {
    const { atOnce, clock, perUser, total, withinMs } = this.#options;
    const ofUser = this.#byUser.get(userId) ?? 0;
    if (ofUser >= perUser || this.#underWay + this.#waitingCount >= total) {
      throw new Failure("rate_limited", "too many at once", { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#byUser.set(userId, ofUser + 1);
    const endsAt = clock.now() + withinMs;
    try {
      if (this.#underWay < atOnce) this.#underWay++;
      else await this.#turn(userId);
      try {
        return await work(() => endsAt - clock.now());
      } finally {
        this.#next();
      }
    } finally {
      this.#forget(userId);
    }
  }

  #turn(userId: string): Promise<void> {
    const { clock, waitMsMax } = this.#options;
    return new Promise((resolve, reject) => {
      const begin = () => {
        cancel();
        resolve();
      };
      const cancel = clock.after(waitMsMax, () => {
        this.#remove(userId, begin);
        reject(new Failure("unavailable", "too much at once", { retryAfterMs: RETRY_AFTER_MS }));
      });
      const ofUser = this.#waiting.get(userId);
      if (ofUser) ofUser.add(begin);
      else this.#waiting.set(userId, new Set([begin]));
      this.#waitingCount++;
    });
  }

  /** The place passes to the next one, and `#underWay` stays. */
  #next(): void {
    for (const [userId, ofUser] of this.#waiting) {
      for (const begin of ofUser) {
        this.#remove(userId, begin);
        // Behind everybody else who waits.
        if (this.#waiting.delete(userId)) this.#waiting.set(userId, ofUser);
        begin();
        return;
      }
    }
    this.#underWay--;
  }

  #remove(userId: string, begin: () => void): void {
    const ofUser = this.#waiting.get(userId);
    if (!ofUser?.delete(begin)) return;
    this.#waitingCount--;
    if (ofUser.size === 0) this.#waiting.delete(userId);
  }

  #forget(userId: string): void {
    const ofUser = (this.#byUser.get(userId) ?? 0) - 1;
    if (ofUser > 0) this.#byUser.set(userId, ofUser);
    else this.#byUser.delete(userId);
  }
}
