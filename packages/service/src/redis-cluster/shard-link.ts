import type { Redis } from "ioredis";
import type { Logger } from "../logger.ts";

/** A connection that does not answer within a second although it looks open is connected anew. */
const PING_INTERVAL_MS = 2_000;
/** A slot that leaves says so once per subscription. */
const MOVED_TOGETHER_MS = 5;

export type ShardLinkOptions = {
  logger: Logger;
  onMessage(channel: Buffer, message: Buffer): void;
  /** Connected, for the first time or again: nothing is subscribed to. */
  onGained(): void;
  onLost(): void;
  /** The node says that a slot belongs to another one by now. */
  onMoved(): void;
};

/** What one node of a Redis Cluster is listened to by, and which subscriptions stand on it. */
export class ShardLink {
  readonly #redis: Redis;
  readonly #options: ShardLinkOptions;
  readonly #standing = new Set<string>();
  #movedTimer: NodeJS.Timeout | undefined;
  readonly #pings: NodeJS.Timeout;

  constructor(redis: Redis, options: ShardLinkOptions) {
    this.#redis = redis;
    this.#options = options;
    redis.on("smessageBuffer", options.onMessage);
    redis.on("ready", () => options.onGained());
    redis.on("close", () => {
      this.#standing.clear();
      options.onLost();
    });
    redis.on("moved", () => {
      this.#movedTimer ??= setTimeout(() => this.#moved(), MOVED_TOGETHER_MS);
    });
    this.#pings = setInterval(() => void this.#ping(), PING_INTERVAL_MS).unref();
  }

  get isReady(): boolean {
    return this.#redis.status === "ready";
  }

  /** Whether no subscription stands. */
  get isEmpty(): boolean {
    return this.#standing.size === 0;
  }

  /** Whether the subscription is made, and was not taken back by the node since. */
  holds(channel: string): boolean {
    return this.#standing.has(channel);
  }

  /** Rejects when the node is away, or does not own the channel's slot. */
  async subscribe(channel: string): Promise<void> {
    if (this.#standing.has(channel)) return;
    await this.#redis.ssubscribe(channel);
    this.#standing.add(channel);
  }

  /** Never rejects: what is not taken back here ends with the connection, or when its slot moves. */
  async unsubscribe(channels: readonly string[]): Promise<void> {
    for (const channel of channels) this.#standing.delete(channel);
    try {
      // One by one: a command may name channels of one slot only.
      await Promise.all(channels.map((channel) => this.#redis.sunsubscribe(channel)));
    } catch (error) {
      this.#options.logger.debug({ err: error }, "not unsubscribed");
    }
  }

  end(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#movedTimer);
    this.#standing.clear();
    this.#redis.removeAllListeners();
    this.#redis.on("error", () => {});
    this.#redis.disconnect();
  }

  /** The client has noted which subscriptions the node has taken back; it does not say which. */
  #moved(): void {
    this.#movedTimer = undefined;
    const { subscriber } = this.#redis.condition ?? {};
    const held = new Set(subscriber ? subscriber.channels("ssubscribe") : []);
    for (const channel of this.#standing) if (!held.has(channel)) this.#standing.delete(channel);
    this.#options.onMoved();
  }

  async #ping(): Promise<void> {
    if (!this.isReady) return;
    try {
      await this.#redis.ping();
    } catch (error) {
      if (!this.isReady) return;
      this.#options.logger.warn({ err: error }, "a node of the Redis Cluster does not answer");
      this.#redis.disconnect(true);
    }
  }
}
