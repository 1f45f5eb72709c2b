import type { Logger, RedisPublisher, RedisSubscriber } from "@moim/service";
import { type Clock, repeat } from "../clock.ts";

const PROBE_INTERVAL_MS = 2_000;
/** Three probes unanswered: the subscription is silent, whatever its connection claims. */
const SILENT_AFTER_MS = 3 * PROBE_INTERVAL_MS + 500;

/**
 * Publishes to itself through Redis. A connection can look alive and deliver nothing; only a
 * message that comes back proves that others' messages do.
 */
export class LoopbackProbe {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #publisher: RedisPublisher;
  readonly #subscriber: RedisSubscriber;
  readonly #channel: string;
  #heardAt: number;
  /** When the subscription was last connected anew for being silent. */
  #renewedAt = 0;
  /** When Redis last took a probe: before that, the subscription cannot be blamed for its silence. */
  #sentAt = 0;
  /** The latest time that was seen, and how far the clock on the wall has been set back in all. */
  #latest = 0;
  #setBackMs = 0;
  #stop: () => void = () => {};

  constructor(options: {
    clock: Clock;
    logger: Logger;
    publisher: RedisPublisher;
    subscriber: RedisSubscriber;
    nodeId: string;
  }) {
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#publisher = options.publisher;
    this.#subscriber = options.subscriber;
    this.#channel = `moim:probe:${options.nodeId}`;
    this.#heardAt = this.#now();
  }

  start(): void {
    this.#subscriber.on("message", (channel: string) => {
      if (channel === this.#channel) this.#heardAt = this.#now();
    });
    this.#stop = repeat(this.#clock, PROBE_INTERVAL_MS, () => this.#probe());
  }

  stop(): void {
    this.#stop();
  }

  /** Throws, with the reason, while the loop does not close. */
  check(): void {
    const silentMs = this.#now() - this.#heardAt;
    if (silentMs > SILENT_AFTER_MS) throw new Error(`no echo from Redis for ${silentMs} ms`);
  }

  /** Never goes back: silence would be hidden for as long as the clock on the wall was set back. */
  #now(): number {
    const now = this.#clock.now();
    this.#setBackMs = Math.max(this.#setBackMs, this.#latest - now);
    this.#latest = now + this.#setBackMs;
    return this.#latest;
  }

  async #probe(): Promise<void> {
    const { status } = this.#subscriber;
    const silentSince = Math.max(this.#heardAt, this.#renewedAt);
    const isSilent = this.#now() - silentSince > SILENT_AFTER_MS;
    if (status === "ready" && isSilent && this.#sentAt > silentSince) {
      this.#logger.warn("the Redis subscription is silent; connecting anew");
      // Not heard yet: until an echo comes back, the node is not ready.
      this.#renewedAt = this.#now();
      this.#subscriber.disconnect(true);
      return;
    }
    try {
      // Repeated each time: it costs little, and holds after every reconnect.
      await this.#subscriber.subscribe(this.#channel);
    } catch (error) {
      this.#logger.debug({ err: error }, "probe not subscribed to");
    }
    await this.#publish();
  }

  async #publish(): Promise<void> {
    const wasReady = this.#publisher.status === "ready";
    try {
      await this.#publishOnce().catch((error: unknown) => {
        // Each time through another node: one that hangs says nothing of the others.
        if (this.#publisher.isCluster) return this.#publishOnce();
        throw error;
      });
      this.#sentAt = this.#now();
    } catch (error) {
      this.#logger.debug({ err: error }, "probe not sent");
      if (!wasReady || this.#publisher.status !== "ready") return;
      // Its connections are looked after one by one, and most of them may be fine.
      if (this.#publisher.isCluster) return;
      this.#logger.warn("Redis takes nothing on a connection that looks open; connecting anew");
      this.#publisher.disconnect(true);
    }
  }

  #publishOnce(): Promise<unknown> {
    return this.#publisher.publish(this.#channel, "");
  }
}
