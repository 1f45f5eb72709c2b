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

  /** Takes `count` tokens, or throws `rate_limited` with the time after which there are as many. */
  take(now: number, count = 1): void {
    this.#refill(now);
    if (this.#tokens < count) {
      throw rateLimited(((count - this.#tokens) / this.#perSecond) * 1_000);
    }
    this.#tokens -= count;
  }

  /** Puts tokens back that were taken for nothing. */
  giveBack(count = 1): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + count);
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

export function rateLimited(retryAfterMs: number): Failure {
  return new Failure("rate_limited", "too many requests; slow down", {
    retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)),
  });
}
