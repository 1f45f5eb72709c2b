import { Failure } from "@moim/protocol";

export type TurnstileOptions = {
  /** Under way at once, of all users together. */
  atOnce: number;
  /** Waiting or under way for one user. */
  perUser: number;
  /** Waiting or under way for all users. */
  total: number;
  /** Whoever has waited longer has been answered by others: their work is not begun any more. */
  waitMsMax: number;
};

/** What a refused caller is asked to wait: by then some of those before are through. */
const RETRY_AFTER_MS = 1_000;

/**
 * Lets costly work through a few at a time, first come first served, so that it leaves the
 * database's connections to sending. Rejects with `rate_limited` where too much waits already.
 */
export class Turnstile {
  readonly #options: TurnstileOptions;
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  readonly #byUser = new Map<string, number>();
  #underWay = 0;

  constructor(options: TurnstileOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  async pass<Result>(userId: string, work: () => Promise<Result>): Promise<Result> {
    const ofUser = this.#byUser.get(userId) ?? 0;
    const { atOnce, perUser, total, waitMsMax } = this.#options;
    if (ofUser >= perUser || this.#underWay + this.#waiting.length >= total) {
      throw new Failure("rate_limited", "too many at once", { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#byUser.set(userId, ofUser + 1);
    const cameAt = this.#now();
    if (this.#underWay < atOnce) this.#underWay++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      if (this.#now() - cameAt > waitMsMax) {
        throw new Failure("unavailable", "too much at once", { retryAfterMs: RETRY_AFTER_MS });
      }
      return await work();
    } finally {
      this.#leave(userId);
    }
  }

  #leave(userId: string): void {
    const ofUser = (this.#byUser.get(userId) ?? 0) - 1;
    if (ofUser > 0) this.#byUser.set(userId, ofUser);
    else this.#byUser.delete(userId);
    // The place passes to the next one: `#underWay` stays.
    const next = this.#waiting.shift();
    if (next) next();
    else this.#underWay--;
  }
}
