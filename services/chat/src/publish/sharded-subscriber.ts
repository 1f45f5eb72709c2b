import type { Logger, RedisSubscriber } from "@moim/service";
import { askTogether } from "./write-once-per-tick.ts";

/**
 * What the sharded adapter subscribes through. The adapter neither awaits its subscriptions nor
 * catches their failure, and knows nothing of reconnects; here each is remembered, awaited, made
 * again after an outage, and never becomes an unhandled rejection.
 */
export class ShardedSubscriber {
  readonly #redis: RedisSubscriber;
  readonly #logger: Logger;
  readonly #wanted = new Set<string>();
  #latest: Promise<void> = Promise.resolve();

  constructor(redis: RedisSubscriber, logger: Logger) {
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
    askTogether(this.#redis);
    this.#track(this.#redis.ssubscribe(channel));
  }

  /** Called by the adapter, with one channel or with many when it closes. */
  sunsubscribe(channels: string | readonly string[]): void {
    const list = typeof channels === "string" ? [channels] : channels;
    for (const channel of list) this.#wanted.delete(channel);
    askTogether(this.#redis);
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

  /** The nodes of a cluster answer in any order: the newest answer says nothing of the others. */
  #track(command: Promise<unknown>): void {
    const answered = command.then(
      () => {},
      (error: unknown) => {
        // The return of Redis makes every wanted subscription again.
        this.#logger.debug({ err: error }, "subscription not made");
      },
    );
    const before = this.#latest;
    this.#latest = before.then(() => answered);
  }
}

const CHANNELS_PER_COMMAND = 500;
