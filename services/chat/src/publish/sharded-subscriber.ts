import type { Logger } from "@moim/service";
import type { Redis } from "ioredis";

/**
 * What the sharded adapter subscribes through. The adapter neither awaits its subscriptions nor
 * catches their failure, and knows nothing of reconnects; here each is remembered, awaited, made
 * again after an outage, and never becomes an unhandled rejection.
 */
export class ShardedSubscriber {
  readonly #redis: Redis;
  readonly #logger: Logger;
  readonly #wanted = new Set<string>();
  #latest: Promise<void> = Promise.resolve();

  constructor(redis: Redis, logger: Logger) {
    this.#redis = redis;
    this.#logger = logger;
  }

  /** Called by the adapter. */
  on(event: "smessageBuffer", listener: (channel: Buffer, message: Buffer) => void): this {
    this.#redis.on(event, listener);
    return this;
  }

  /** Called by the adapter. */
  ssubscribe(channel: string): void {
    this.#wanted.add(channel);
    this.#track(this.#redis.ssubscribe(channel));
  }

  /** Called by the adapter, with one channel or with many when it closes. */
  sunsubscribe(channels: string | readonly string[]): void {
    const list = typeof channels === "string" ? [channels] : channels;
    for (const channel of list) this.#wanted.delete(channel);
    this.#track(this.#redis.sunsubscribe(...list));
  }

  /** Resolves once Redis has answered every subscription so far: whatever is published later arrives. */
  settled(): Promise<void> {
    return this.#latest;
  }

  /** Subscribes to everything anew, after Redis was away. Rejects when Redis is away again. */
  async resubscribe(): Promise<void> {
    const channels = [...this.#wanted];
    for (let start = 0; start < channels.length; start += CHANNELS_PER_COMMAND) {
      await this.#redis.ssubscribe(...channels.slice(start, start + CHANNELS_PER_COMMAND));
    }
  }

  /** Redis answers in order, so the newest answer tells of all. */
  #track(command: Promise<unknown>): void {
    this.#latest = command.then(
      () => {},
      (error: unknown) => {
        // The return of Redis makes every wanted subscription again.
        this.#logger.debug({ err: error }, "subscription not made");
      },
    );
  }
}

const CHANNELS_PER_COMMAND = 500;
