import type { Logger, RedisSubscriber } from "@moim/service";
import type { Server, Socket } from "socket.io";
import type { Clock } from "../clock.ts";
import type { RedisCluster } from "./cluster.ts";
import { emit } from "./emit.ts";

/** All clients of a node fetching at once would be a storm of its own. */
const RESYNC_SPREAD_MS = 2_000;

export type RedisReturnOptions = {
  clock: Clock;
  logger: Logger;
  io: Server;
  cluster: Pick<RedisCluster, "isJoined" | "resubscribe" | "subscribed">;
  subscriber: Pick<RedisSubscriber, "on" | "status">;
  /** Whether deliveries reach the socket. */
  isSubscribed(socket: Socket): boolean;
  readRevocations(): Promise<void>;
  reconcileMemberships(): Promise<void>;
  onResync(): void;
};

/**
 * What a node does when its Redis subscription comes back: it subscribes anew, reads from the
 * truth what it may have missed (revocations, then memberships), and only then has its clients
 * fetch what was said meanwhile.
 */
export class RedisReturn {
  readonly #options: RedisReturnOptions;
  #generation = 0;

  constructor(options: RedisReturnOptions) {
    this.#options = options;
  }

  /** Every later `ready` is a return, and so is one that came too late for the node's start. */
  watch(): void {
    const { cluster, subscriber } = this.#options;
    subscriber.on("ready", () => void this.#recover());
    if (subscriber.status === "ready" && !cluster.isJoined) void this.#recover();
  }

  async #recover(): Promise<void> {
    const { cluster, logger, readRevocations, reconcileMemberships } = this.#options;
    const generation = ++this.#generation;
    try {
      await cluster.resubscribe();
      await readRevocations();
      await reconcileMemberships();
      await cluster.subscribed();
    } catch (error) {
      logger.warn({ err: error }, "recovery after the return of Redis failed; trying again");
      this.#options.clock.after(1_000, () => {
        if (generation === this.#generation) void this.#recover();
      });
      return;
    }
    if (generation === this.#generation) this.#resyncAll();
  }

  #resyncAll(): void {
    const { clock, io, isSubscribed, logger, onResync } = this.#options;
    const sockets = [...io.of("/").sockets.values()].filter(isSubscribed);
    logger.info({ sockets: sockets.length }, "Redis is back: clients fetch what they missed");
    sockets.forEach((socket, index) => {
      clock.after((index / sockets.length) * RESYNC_SPREAD_MS, () => {
        // Its token may have run out meanwhile: then it is told when that has been renewed.
        if (!isSubscribed(socket)) return;
        emit(socket, "resync", { reason: "redis_returned" });
        onResync();
      });
    });
  }
}
