import type { Clock } from "../clock.ts";
import { TokenBucket } from "./rate-limit.ts";

export type UserRateOptions = {
  clock: Pick<Clock, "now">;
  /** 0: no limit. */
  perSecond: number;
  burst: number;
};

/** What one user may do over all their sockets of this node: a bucket each, forgotten once it is full again. */
export class UserRate {
  readonly #options: UserRateOptions;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(options: UserRateOptions) {
    this.#options = options;
  }

  /** Users of whom something is remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes so many tokens, or none and throws `rate_limited` with the time after which there are enough. */
  take(userId: string, count = 1): void {
    const { burst, clock, perSecond } = this.#options;
    if (perSecond === 0) return;
    const now = clock.now();
    let bucket = this.#buckets.get(userId);
    if (!bucket) {
      this.#forgetIdle(now);
      bucket = new TokenBucket(perSecond, burst, now);
      this.#buckets.set(userId, bucket);
    }
    bucket.take(now, count);
  }

  /** Puts tokens back that were taken for nothing. */
  giveBack(userId: string, count: number): void {
    this.#buckets.get(userId)?.giveBack(count);
  }

  /** Looks at the oldest few only, so that a new user costs the same however many there are. */
  #forgetIdle(now: number): void {
    let looks = 2;
    for (const [userId, bucket] of this.#buckets) {
      if (looks-- === 0) return;
      this.#buckets.delete(userId);
      if (!bucket.isFull(now)) this.#buckets.set(userId, bucket);
    }
  }
}
