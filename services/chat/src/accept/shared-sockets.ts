import { LIMITS } from "@moim/protocol";
import type { RedisPublisher } from "@moim/service";
import { type Clock, repeat } from "../clock.ts";
import { askTogether } from "../publish/write-once-per-tick.ts";
import type { Connection, Connections } from "./connection.ts";

/** A node that died holds its users' places for so long. */
const PLACE_TTL_MS = 30_000;
const REFRESH_INTERVAL_MS = 10_000;
/** Users in one batch of a refresh: Redis serves others in between. */
const USERS_PER_BATCH = 200;

/** One set per user: the sockets on all nodes, each with the time until which it counts. */
const HOLD = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for place = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[place]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return redis.call('ZCARD', KEYS[1])
`;

type WithHold = RedisPublisher & {
  moimHold(key: string, ttlMs: number, ...socketIds: string[]): Promise<number>;
};

/**
 * How many sockets a user has on all nodes. Redis only knows more than this node does: when it does
 * not answer, nobody is refused on its account.
 */
export class SharedSockets {
  readonly #redis: WithHold;
  readonly #connections: Connections;
  #stop: () => void = () => {};

  constructor(redis: RedisPublisher, connections: Connections) {
    redis.defineCommand("moimHold", { numberOfKeys: 1, lua: HOLD });
    this.#redis = redis as WithHold;
    this.#connections = connections;
  }

  start(clock: Clock): void {
    this.#stop = repeat(clock, REFRESH_INTERVAL_MS, () => this.#refresh());
  }

  stop(): void {
    this.#stop();
  }

  /** Takes a place for the socket. Resolves to false when its user has too many; never rejects. */
  async take({ socket, userId }: Connection): Promise<boolean> {
    askTogether(this.#redis);
    try {
      const count = await this.#redis.moimHold(keyOf(userId), PLACE_TTL_MS, socket.id);
      return count <= LIMITS.socketsPerUser;
    } catch {
      return true;
    }
  }

  /** The socket is gone. */
  free({ socket, userId }: Connection): void {
    askTogether(this.#redis);
    this.#redis.zrem(keyOf(userId), socket.id).catch(() => {
      // It stops counting by itself.
    });
  }

  async #refresh(): Promise<void> {
    const userIds = [...new Set(this.#connections.all().map(({ userId }) => userId))];
    for (let start = 0; start < userIds.length; start += USERS_PER_BATCH) {
      await Promise.all(
        userIds.slice(start, start + USERS_PER_BATCH).map((userId) => this.#hold(userId)),
      );
    }
  }

  /** Asks who is there right before saying so: whoever went while others' places were held stays gone. */
  async #hold(userId: string): Promise<void> {
    const open = this.#connections
      .ofUser(userId)
      .filter(({ closedFor }) => closedFor === undefined);
    if (open.length === 0) return;
    await this.#redis.moimHold(keyOf(userId), PLACE_TTL_MS, ...open.map(({ socket }) => socket.id));
  }
}

function keyOf(userId: string): string {
  return `moim:sockets:${userId}`;
}
