import type { Logger } from "@moim/service";
import type { Redis } from "ioredis";
import type { Server, Socket } from "socket.io";
import type { Clock } from "../clock.ts";
import type { Membership } from "../persist/membership.ts";
import { roomChannel, roomIdOf } from "./channels.ts";
import type { RedisCluster } from "./cluster.ts";
import { emit } from "./emit.ts";

/** All clients of a node fetching at once would be a storm of its own. */
const RESYNC_SPREAD_MS = 2_000;
const USERS_PER_QUERY = 1_000;

export type RedisReturnOptions = {
  clock: Clock;
  logger: Logger;
  io: Server;
  cluster: RedisCluster;
  subscriber: Redis;
  userIdOf(socket: Socket): string | undefined;
  readMemberships(userIds: readonly string[]): Promise<Membership[]>;
  readRevocations(): Promise<void>;
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

  /** Call once the first connection stands: every later `ready` is a return. */
  watch(): void {
    this.#options.subscriber.on("ready", () => void this.#recover());
  }

  async #recover(): Promise<void> {
    const { cluster, logger, readRevocations } = this.#options;
    const generation = ++this.#generation;
    try {
      await cluster.resubscribe();
      await readRevocations();
      await this.#reconcileMemberships();
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

  async #reconcileMemberships(): Promise<void> {
    const byUser = new Map<string, Socket[]>();
    for (const socket of this.#options.io.of("/").sockets.values()) {
      const userId = this.#options.userIdOf(socket);
      if (userId !== undefined) byUser.set(userId, [...(byUser.get(userId) ?? []), socket]);
    }
    const userIds = [...byUser.keys()];
    for (let start = 0; start < userIds.length; start += USERS_PER_QUERY) {
      const some = userIds.slice(start, start + USERS_PER_QUERY);
      const memberships = await this.#options.readMemberships(some);
      const channels = new Map(some.map((userId) => [userId, new Set<string>()]));
      for (const { userId, roomId } of memberships) {
        channels.get(userId)?.add(roomChannel(roomId));
      }
      for (const userId of some) {
        for (const socket of byUser.get(userId) ?? []) {
          reconcile(socket, channels.get(userId) ?? new Set());
        }
      }
    }
  }

  #resyncAll(): void {
    const { clock, io, logger, onResync, userIdOf } = this.#options;
    const sockets = [...io.of("/").sockets.values()].filter((s) => userIdOf(s) !== undefined);
    logger.info({ sockets: sockets.length }, "Redis is back: clients fetch what they missed");
    sockets.forEach((socket, index) => {
      clock.after((index / sockets.length) * RESYNC_SPREAD_MS, () => {
        emit(socket, "resync", { reason: "redis_returned" });
        onResync();
      });
    });
  }
}

function reconcile(socket: Socket, wanted: ReadonlySet<string>): void {
  for (const channel of socket.rooms) {
    if (roomIdOf(channel) !== undefined && !wanted.has(channel)) socket.leave(channel);
  }
  socket.join([...wanted]);
}
