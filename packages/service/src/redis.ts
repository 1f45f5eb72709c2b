import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { Logger } from "./logger.ts";
import { type ClusterAddress, parseClusterUrl } from "./redis-cluster/address.ts";
import { ClusterSubscriber } from "./redis-cluster/cluster-subscriber.ts";
import { readSlotOwners } from "./redis-cluster/slot-owners.ts";
import { watchNodes } from "./redis-cluster/watch-nodes.ts";
import type { RedisSubscriber } from "./redis-subscriber.ts";

const CONNECT_TIMEOUT_MS = 2_000;
/** Redis is only a hint: better to go on without its answer than to wait for it. */
const COMMAND_TIMEOUT_MS = 1_000;
const RECONNECT_DELAY_MS_MAX = 1_000;
/** How often and after what time a command is tried again while a replica takes over; then it fails. */
const REDIRECTIONS_MAX = 4;
const FAILOVER_RETRY_MS = 200;
/** Owners of slots are learned from errors too; this finds nodes that nothing was asked of. */
const SLOTS_REFRESH_INTERVAL_MS = 5_000;

/** What commands are sent through: one Redis, or a cluster. */
export type RedisPublisher = Redis | Cluster;

/** Commands go through the one; the other is in subscriber mode and takes none. */
export type RedisPair = { publisher: RedisPublisher; subscriber: RedisSubscriber };

/**
 * A connection that fails fast: a command sent while Redis is away rejects at once instead of
 * queueing, and one that is not answered rejects after a second. It reconnects by itself, for ever.
 * Losing and finding Redis is logged once each. `redis+cluster://host:port,…` connects to a cluster.
 */
export function connectRedis(url: string, name: string, logger: Logger): RedisPublisher {
  const address = parseClusterUrl(url);
  return address ? connectCluster(address, name, logger) : connectOne(url, {}, name, logger);
}

/** One connection for commands and one for subscriptions, to one Redis or to a cluster. */
export function connectRedisPair(url: string, name: string, logger: Logger): RedisPair {
  const address = parseClusterUrl(url);
  const [publishing, subscribing] = [`${name}-publisher`, `${name}-subscriber`];
  if (!address) {
    return {
      publisher: connectOne(url, {}, publishing, logger),
      subscriber: connectOne(url, {}, subscribing, logger),
    };
  }
  const publisher = connectCluster(address, publishing, logger);
  const hostAsked = address.nodes[0]?.host ?? "";
  const subscriber = new ClusterSubscriber({
    logger,
    readOwners: async () => readSlotOwners(await publisher.cluster("SLOTS"), hostAsked),
    connect(node) {
      const colon = node.lastIndexOf(":");
      const [host, port] = [node.slice(0, colon), Number(node.slice(colon + 1))];
      return connectOne(undefined, { host, port, ...access(address) }, subscribing, logger);
    },
  });
  publisher.on("ready", () => subscriber.look());
  return { publisher, subscriber };
}

function connectOne(
  url: string | undefined,
  where: RedisOptions,
  name: string,
  logger: Logger,
): Redis {
  const options: RedisOptions = {
    ...where,
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // Whoever subscribes knows best what to subscribe to again, and what to do about the hole.
    autoResubscribe: false,
    retryStrategy: reconnectDelayMs,
  };
  const redis = url === undefined ? new Redis(options) : new Redis(url, options);
  logLossAndReturn(redis, name, logger);
  return redis;
}

function connectCluster(address: ClusterAddress, name: string, logger: Logger): Cluster {
  const cluster = new Cluster([...address.nodes], {
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelayMs,
    maxRedirections: REDIRECTIONS_MAX,
    retryDelayOnFailover: FAILOVER_RETRY_MS,
    retryDelayOnClusterDown: FAILOVER_RETRY_MS,
    slotsRefreshInterval: SLOTS_REFRESH_INTERVAL_MS,
    redisOptions: {
      ...access(address),
      connectionName: name,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
    },
  });
  logLossAndReturn(cluster, name, logger);
  watchNodes(cluster, logger);
  return cluster;
}

function access({ username, password, isTls }: ClusterAddress): RedisOptions {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
  };
}

function reconnectDelayMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), RECONNECT_DELAY_MS_MAX);
}

function logLossAndReturn(redis: RedisPublisher, name: string, logger: Logger): void {
  let isLost = false;
  // Without a listener ioredis would print every attempt.
  redis.on("error", (error) => {
    if (isLost) return;
    isLost = true;
    logger.warn({ err: error, connection: name }, "Redis lost");
  });
  redis.on("close", () => {
    if (isLost || redis.status === "end") return;
    isLost = true;
    logger.warn({ connection: name }, "Redis connection closed");
  });
  redis.on("ready", () => {
    if (isLost) logger.info({ connection: name }, "Redis is back");
    isLost = false;
  });
}
