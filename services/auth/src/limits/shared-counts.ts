import type { RedisPublisher } from "@moim/service";
import { type Count, MemoryCounts } from "./memory-counts.ts";

const KEY_PREFIX = "moim:auth:rate:";
/** A request does not wait longer for a count: signing in must not depend on Redis. */
const ANSWER_TIMEOUT_MS = 1_000;
/** After a count that failed, so long each process counts by itself. */
const FALLBACK_MS = 5_000;

/** A key without an end would lock somebody out for ever. */
const SCRIPT = `
local current = redis.call('INCR', KEYS[1])
local ttl = redis.call('PTTL', KEYS[1])
if ttl < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  ttl = tonumber(ARGV[1])
end
return {current, ttl}`;

/** What is over by now is not begun anew. */
const GIVE_BACK_SCRIPT = `
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
if current > 0 then redis.call('DECR', KEYS[1]) end
return current`;

/**
 * Counts in Redis, so that all processes count together. Without a Redis, or while it does not
 * answer, each process counts for itself: limits then hold per process, and nobody is refused for
 * the lack of Redis. Never rejects.
 */
export class SharedCounts {
  readonly #redis: RedisPublisher | undefined;
  readonly #now: () => number;
  readonly #own: MemoryCounts;
  #fallbackUntil = Number.NEGATIVE_INFINITY;

  constructor(redis: RedisPublisher | undefined, now: () => number) {
    this.#redis = redis;
    this.#now = now;
    this.#own = new MemoryCounts(now);
  }

  async count(key: string, windowMs: number): Promise<Count> {
    if (this.#redis !== undefined && this.#now() >= this.#fallbackUntil) {
      const counted = await this.#countInRedis(this.#redis, key, windowMs).catch(() => undefined);
      if (counted !== undefined) return counted;
      this.#fallbackUntil = this.#now() + FALLBACK_MS;
    }
    return this.#own.count(key, windowMs);
  }

  /** Makes it as if one had not been counted, wherever it was. */
  async giveBack(key: string): Promise<void> {
    this.#own.giveBack(key);
    if (this.#redis === undefined || this.#now() < this.#fallbackUntil) return;
    await this.#askRedis(this.#redis, GIVE_BACK_SCRIPT, key).catch(() => undefined);
  }

  async #countInRedis(
    redis: RedisPublisher,
    key: string,
    windowMs: number,
  ): Promise<Count | undefined> {
    const answer = await this.#askRedis(redis, SCRIPT, key, windowMs);
    if (!Array.isArray(answer)) return undefined;
    return { current: Number(answer[0]), ttl: Number(answer[1]) };
  }

  /** Undefined when it took too long. */
  async #askRedis(
    redis: RedisPublisher,
    script: string,
    key: string,
    ...parameters: number[]
  ): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ANSWER_TIMEOUT_MS);
    });
    try {
      const answer = redis.eval(script, 1, `${KEY_PREFIX}${key}`, ...parameters);
      return await Promise.race([answer, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
