import {
  decodeRevocation,
  type Logger,
  REVOCATION_CHANNEL,
  type RedisSubscriber,
  type Revocation,
} from "@moim/service";
import { type Clock, repeat } from "../clock.ts";
import type { RevokedSessions } from "./revoked-sessions.ts";

/**
 * A revocation must arrive within a second, also when there is no Redis or it lost the message: the
 * question is small and goes by an index.
 */
const POLL_MS = 700;
/** A row carries the time of its transaction's start and is seen after its commit. */
const POLL_OVERLAP_MS = 15_000;

export type RevocationFeedOptions = {
  clock: Clock;
  logger: Logger;
  revoked: RevokedSessions;
  subscriber: RedisSubscriber | undefined;
  /** All that still matter, or those of the last `withinMs`. */
  read(withinMs?: number): Promise<Revocation[]>;
};

/** Brings revocations to this node: pushed by Redis, and read from the truth in any case. */
export class RevocationFeed {
  readonly #options: RevocationFeedOptions;
  #readAt = 0;
  #stop: () => void = () => {};

  constructor(options: RevocationFeedOptions) {
    this.#options = options;
  }

  /** Resolves once every revocation so far is known. Rejects when the database does not answer. */
  async start(): Promise<void> {
    const { clock, subscriber } = this.#options;
    if (subscriber) await this.#listen(subscriber);
    await this.readAll();
    this.#stop = repeat(clock, POLL_MS, () => this.#poll());
  }

  stop(): void {
    this.#stop();
  }

  /** Everything that still matters, after an outage of any length. */
  async readAll(): Promise<void> {
    const startedAt = this.#options.clock.now();
    this.#options.revoked.add(await this.#options.read());
    this.#readAt = startedAt;
  }

  async #listen(subscriber: RedisSubscriber): Promise<void> {
    const { logger, revoked } = this.#options;
    subscriber.on("message", (channel: string, text: string) => {
      if (channel !== REVOCATION_CHANNEL) return;
      const revocation = decodeRevocation(text);
      if (revocation) revoked.add([revocation]);
      else logger.warn("a revocation that cannot be read was published");
    });
    const subscribe = () =>
      subscriber.subscribe(REVOCATION_CHANNEL).then(
        () => {},
        (error: unknown) => logger.warn({ err: error }, "not subscribed to revocations"),
      );
    subscriber.on("ready", subscribe);
    if (subscriber.status === "ready") await subscribe();
  }

  async #poll(): Promise<void> {
    const { clock, logger, read, revoked } = this.#options;
    try {
      const startedAt = clock.now();
      // Set back: by the later time, what matters again may have been forgotten.
      if (startedAt < this.#readAt) return await this.readAll();
      // Back to the last reading that succeeded: the database may have been away in between.
      revoked.add(await read(startedAt - this.#readAt + POLL_OVERLAP_MS));
      this.#readAt = startedAt;
      revoked.forgetExpired();
    } catch (error) {
      logger.warn({ err: error }, "revocations not read");
    }
  }
}
