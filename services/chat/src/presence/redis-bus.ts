import type { Logger, RedisPublisher, RedisSubscriber } from "@moim/service";
import { type Announcement, decodeAnnouncement, encodeAnnouncement } from "./announcement.ts";

const CHANNEL = "moim:presence";

export type RedisBusOptions = {
  publisher: RedisPublisher;
  subscriber: RedisSubscriber;
  logger: Logger;
  receive(announcement: Announcement): void;
  /** Redis has taken an announcement. */
  onSent(): void;
  /** For the first time or anew: what was announced before may have been missed, on both sides. */
  onConnected(): void;
};

/** Brings announcements to every node that Redis reaches. Nothing waits for it, nothing is kept. */
export class RedisBus {
  readonly #options: RedisBusOptions;

  constructor(options: RedisBusOptions) {
    this.#options = options;
  }

  start(): void {
    const { logger, onConnected, publisher, receive, subscriber } = this.#options;
    subscriber.on("message", (channel: string, text: string) => {
      if (channel !== CHANNEL) return;
      const announcement = decodeAnnouncement(text);
      if (announcement) receive(announcement);
      else logger.warn("an announcement of presence that cannot be read was published");
    });
    subscriber.on("ready", () => this.#subscribe());
    // The two connections return in any order, and what is said before this one stands is lost.
    publisher.on("ready", onConnected);
    if (subscriber.status === "ready") this.#subscribe();
  }

  publish(announcement: Announcement): void {
    const { logger, onSent, publisher } = this.#options;
    publisher
      .publish(CHANNEL, encodeAnnouncement(announcement))
      // The others notice at the next beat that they missed it.
      .then(onSent, (error: unknown) => logger.debug({ err: error }, "presence not told"));
  }

  #subscribe(): void {
    const { logger, onConnected, subscriber } = this.#options;
    subscriber
      .subscribe(CHANNEL)
      .then(onConnected, (error: unknown) =>
        logger.warn({ err: error }, "not subscribed to presence"),
      );
  }
}
