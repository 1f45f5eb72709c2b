import { Redis } from "ioredis";
import type { Logger } from "./logger.ts";

const CONNECT_TIMEOUT_MS = 2_000;
/** Redis is only a hint: better to go on without its answer than to wait for it. */
const COMMAND_TIMEOUT_MS = 1_000;
const RECONNECT_DELAY_MS_MAX = 1_000;

/**
 * A connection that fails fast: a command sent while Redis is away rejects at once instead of
 * queueing, and one that is not answered rejects after a second. It reconnects by itself, for ever.
 * Losing and finding Redis is logged once each.
 */
export function connectRedis(url: string, name: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // Whoever subscribes knows best what to subscribe to again, and what to do about the hole.
    autoResubscribe: false,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), RECONNECT_DELAY_MS_MAX),
  });
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
  return redis;
}
