import { Failure } from "@moim/protocol";

/** A token bucket: `burst` at once, refilled at `perSecond`. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = now;
  }

  /** Takes one token, or throws `rate_limited` with the time after which there is one. */
  take(now: number): void {
    this.#refill(now);
    if (this.#tokens < 1) {
      const retryAfterMs = Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1_000);
      throw new Failure("rate_limited", "too many requests; slow down", { retryAfterMs });
    }
    this.#tokens--;
  }

  isFull(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= this.#burst;
  }

  #refill(now: number): void {
    const gained = (Math.max(now - this.#filledAt, 0) / 1_000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#filledAt = now;
  }
}

/** One bucket per user, shared by the user's sockets on this node; full ones are dropped. */
export class UserBuckets {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  take(userId: string, now: number): void {
    let bucket = this.#buckets.get(userId);
    if (!bucket) {
      this.#dropFull(now);
      bucket = new TokenBucket(this.#perSecond, this.#burst, now);
      this.#buckets.set(userId, bucket);
    }
    bucket.take(now);
  }

  /** Looks at the oldest few only, so that a new user costs the same however many there are. */
  #dropFull(now: number): void {
    let looks = 2;
    for (const [userId, bucket] of this.#buckets) {
      if (looks-- === 0) return;
      this.#buckets.delete(userId);
      if (!bucket.isFull(now)) this.#buckets.set(userId, bucket);
    }
  }
}
