import type { Logger, RedisPublisher, RedisSubscriber } from "@moim/service";
import { type Announcement, decodeAnnouncement, encodeAnnouncement } from "./announcement.ts";

const CHANNEL = "moim:presence";

export type RedisBusOptions = {
  /** By which other nodes speak to this one alone. */
  nodeKey: string;
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

  readonly #ownChannel: string;

  constructor(options: RedisBusOptions) {
    this.#options = options;
    this.#ownChannel = channelOf(options.nodeKey);
  }

  start(): void {
    const { logger, onConnected, publisher, receive, subscriber } = this.#options;
    subscriber.on("message", (channel: string, text: string) => {
      if (channel !== CHANNEL && channel !== this.#ownChannel) return;
      const announcement = decodeAnnouncement(text);
      if (announcement) receive(announcement);
      else logger.warn("an announcement of presence that cannot be read was published");
    });
    subscriber.on("ready", () => this.#subscribe());
    // The two connections return in any order, and what is said before this one stands is lost.
    publisher.on("ready", onConnected);
    if (subscriber.status === "ready") this.#subscribe();
  }

  /** To every node, or to the one that `to` names. */
  publish(announcement: Announcement, to?: string): void {
    const { logger, onSent, publisher } = this.#options;
    publisher
      .publish(to === undefined ? CHANNEL : channelOf(to), encodeAnnouncement(announcement))
      // The others notice at the next beat that they missed it.
      .then(onSent, (error: unknown) => logger.debug({ err: error }, "presence not told"));
  }

  #subscribe(): void {
    const { logger, onConnected, subscriber } = this.#options;
    Promise.all([CHANNEL, this.#ownChannel].map((channel) => subscriber.subscribe(channel))).then(
      onConnected,
      (error: unknown) => logger.warn({ err: error }, "not subscribed to presence"),
    );
  }
}

function channelOf(nodeKey: string): string {
  return `${CHANNEL}:${nodeKey}`;
}
