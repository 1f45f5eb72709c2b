import { EventEmitter } from "node:events";
import type { Redis } from "ioredis";
import type { Logger } from "../logger.ts";
import type { RedisSubscriber } from "../redis-subscriber.ts";
import { ShardLink } from "./shard-link.ts";
import type { SlotOwners } from "./slot-owners.ts";

/** How soon a slot that has moved, or a replica that was promoted, is found without being told. */
const LOOK_INTERVAL_MS = 1_000;
/** Between two looks, when something says that the owners have changed. */
const LOOK_AGAIN_MS = 100;
/** A subscription that finds no owner waits so long for one, as a single Redis is waited for. */
const SUBSCRIBE_TIMEOUT_MS = 1_000;
/** Links that are gained within this time are one return. */
const GAINED_TOGETHER_MS = 50;

export type ClusterSubscriberOptions = {
  logger: Logger;
  /** Asks any node of the cluster who owns what. */
  readOwners(): Promise<SlotOwners>;
  /** A connection of our own to one node, `host:port`, that reconnects for ever. */
  connect(node: string): Redis;
};

/**
 * Subscriptions on a Redis Cluster: sharded channels on the node that owns their slot, the others on
 * any one node, which the cluster brings everything to. Subscriptions follow their slots when these
 * move and when a replica takes over. `ready` is emitted when a connection stands for the first time,
 * or again where one was lost, and means what it means of a single Redis: something may have been
 * missed. A slot that moves between two nodes that live is no loss: its subscriptions follow at once.
 */
export class ClusterSubscriber extends EventEmitter implements RedisSubscriber {
  readonly #options: ClusterSubscriberOptions;
  readonly #links = new Map<string, ShardLink>();
  readonly #wanted = new Set<string>();
  #owners: SlotOwners | undefined;
  #classic: { node: string; redis: Redis } | undefined;
  #isEnded = false;
  #hasLost = true;
  #looking: Promise<void> | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #gainedTimer: NodeJS.Timeout | undefined;

  constructor(options: ClusterSubscriberOptions) {
    super();
    this.#options = options;
    void this.#look();
  }

  /** Of the connection for what is not sharded: it changes to another node when its own dies. */
  get status(): string {
    if (this.#isEnded) return "end";
    return this.#classic?.redis.status ?? "connecting";
  }

  subscribe(channel: string): Promise<unknown> {
    if (!this.#classic) return Promise.reject(new Error("no node of the Redis Cluster is known"));
    return this.#classic.redis.subscribe(channel);
  }

  /** Resolves once every one stands. Rejects when one has no owner that answers within a second. */
  async ssubscribe(...channels: string[]): Promise<unknown> {
    for (const channel of channels) this.#wanted.add(channel);
    await Promise.all(channels.map((channel) => this.#stand(channel)));
    return channels.length;
  }

  async sunsubscribe(...channels: string[]): Promise<unknown> {
    for (const channel of channels) this.#wanted.delete(channel);
    await Promise.all(
      [...this.#links.values()].map((link) =>
        link.unsubscribe(channels.filter((channel) => link.holds(channel))),
      ),
    );
    return channels.length;
  }

  /** To be called when there may be news of the cluster's nodes. */
  look(): void {
    this.#lookSoon(0);
  }

  /** `reconnect`: leaves every node and begins anew. Otherwise for good. */
  disconnect(reconnect = false): void {
    this.#isEnded = !reconnect;
    for (const node of [...this.#links.keys()]) this.#drop(node);
    this.#classic?.redis.disconnect();
    this.#classic = undefined;
    this.#owners = undefined;
    this.#hasLost = true;
    clearTimeout(this.#gainedTimer);
    this.#gainedTimer = undefined;
    if (reconnect) this.#lookSoon(0);
    else clearTimeout(this.#lookTimer);
  }

  async #stand(channel: string): Promise<void> {
    const deadline = Date.now() + SUBSCRIBE_TIMEOUT_MS;
    for (;;) {
      try {
        await this.#place(channel);
        return;
      } catch (error) {
        // Unwanted again meanwhile: nobody misses it.
        if (!this.#wanted.has(channel)) return;
        if (this.#isEnded || Date.now() + LOOK_AGAIN_MS > deadline) throw error;
      }
      this.#lookSoon(LOOK_AGAIN_MS / 2);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** On its owner first, then no longer where it stood: a slot belongs to one node, so nothing comes twice. */
  async #place(channel: string): Promise<void> {
    const owner = this.#owners?.ownerOf(channel);
    const link = owner === undefined ? undefined : this.#links.get(owner);
    if (!link) throw new Error(`no node of the Redis Cluster owns ${channel}`);
    await link.subscribe(channel);
    if (!this.#wanted.has(channel)) await link.unsubscribe([channel]);
    for (const other of this.#links.values()) {
      if (other !== link && other.holds(channel)) await other.unsubscribe([channel]);
    }
  }

  #lookSoon(delayMs: number): void {
    if (this.#isEnded) return;
    clearTimeout(this.#lookTimer);
    this.#lookTimer = setTimeout(() => void this.#look(), delayMs).unref();
  }

  /** Finds out who owns what, and follows. Never rejects; looks again by itself. */
  #look(): Promise<void> {
    this.#looking ??= this.#readAndFollow().finally(() => {
      this.#looking = undefined;
      this.#lookSoon(LOOK_INTERVAL_MS);
    });
    return this.#looking;
  }

  async #readAndFollow(): Promise<void> {
    try {
      const owners = await this.#options.readOwners();
      if (this.#isEnded || owners.nodes.length === 0) return;
      this.#owners = owners;
      this.#linkTo(owners.nodes);
      await this.#moveSubscriptions();
    } catch (error) {
      this.#options.logger.debug(
        { err: error },
        "the owners of the Redis Cluster's slots not read",
      );
    }
  }

  #linkTo(nodes: readonly string[]): void {
    for (const node of nodes) if (!this.#links.has(node)) this.#linkToNode(node);
    // What stands there is held until it stands elsewhere, and a node without slots holds nothing.
    for (const [node, link] of this.#links) {
      if (!nodes.includes(node) && (!link.isReady || link.isEmpty)) this.#drop(node);
    }
    const [first] = nodes;
    const isHome = this.#classic && this.#links.get(this.#classic.node)?.isReady;
    const home = nodes.find((node) => this.#links.get(node)?.isReady) ?? first;
    if (home !== undefined && !isHome && home !== this.#classic?.node) this.#moveClassic(home);
  }

  #linkToNode(node: string): void {
    const { connect, logger } = this.#options;
    const link = new ShardLink(connect(node), {
      logger,
      onMessage: (channel, message) => this.emit("smessageBuffer", channel, message),
      onGained: () => void this.#moveSubscriptions().then(() => this.#gained()),
      // A node that dies and a slot that leaves it show themselves here first.
      onLost: () => {
        this.#hasLost = true;
        this.#lookSoon(LOOK_AGAIN_MS);
      },
      onMoved: () => this.#lookSoon(0),
    });
    this.#links.set(node, link);
  }

  #drop(node: string): void {
    this.#links.get(node)?.end();
    this.#links.delete(node);
  }

  #moveClassic(node: string): void {
    this.#classic?.redis.disconnect();
    const redis = this.#options.connect(node);
    this.#classic = { node, redis };
    redis.on("message", (channel, text) => this.emit("message", channel, text));
    redis.on("ready", () => this.#gained());
    redis.on("close", () => {
      this.#hasLost = true;
      this.#lookSoon(LOOK_AGAIN_MS);
    });
  }

  /** All that do not stand where they belong. What cannot be moved now is moved at the next look. */
  async #moveSubscriptions(): Promise<void> {
    const strayed = [...this.#wanted].filter((channel) => {
      const owner = this.#owners?.ownerOf(channel);
      return owner !== undefined && !this.#links.get(owner)?.holds(channel);
    });
    if (strayed.length === 0) return;
    const results = await Promise.allSettled(strayed.map((channel) => this.#place(channel)));
    const left = results.filter(({ status }) => status === "rejected").length;
    const moved = strayed.length - left;
    this.#options.logger.info({ moved, left }, "subscriptions follow their slots");
    if (left > 0) this.#lookSoon(LOOK_AGAIN_MS);
  }

  #gained(): void {
    if (this.#isEnded || !this.#hasLost || this.#gainedTimer) return;
    this.#gainedTimer = setTimeout(() => {
      this.#gainedTimer = undefined;
      if (this.status !== "ready") return;
      this.#hasLost = false;
      this.emit("ready");
    }, GAINED_TOGETHER_MS);
  }
}
