import type { Limits } from "@moim/protocol";
import type { RedisPublisher } from "@moim/service";
import type { ChargeSends } from "./send-rate.ts";

/**
 * One number per user: when the bucket will be full again. Redis's own clock counts, so that nodes
 * need not agree on theirs, and a bucket that is full is no key at all.
 */
const CHARGE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local per_token = 1000 / tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
full_at = full_at + tonumber(ARGV[3]) * per_token
local tokens = math.floor(burst - (full_at - now) / per_token)
local granted = math.max(0, math.min(tonumber(ARGV[4]), tokens))
full_at = full_at + granted * per_token
redis.call('SET', KEYS[1], string.format('%.3f', full_at), 'PX', math.max(1, math.ceil(full_at - now)))
return {granted, math.ceil(math.max(0, full_at + per_token - burst * per_token - now))}
`;

type WithCharge = RedisPublisher & {
  moimCharge(key: string, ...numbers: number[]): Promise<[granted: number, waitMs: number]>;
};

/** The rate of `message:send` that all nodes of this Redis hold together. */
export function sharedSendBuckets(
  redis: RedisPublisher,
  { sendsPerSecond, sendsBurst }: Pick<Limits, "sendsPerSecond" | "sendsBurst">,
): ChargeSends {
  redis.defineCommand("moimCharge", { numberOfKeys: 1, lua: CHARGE });
  return async (userId, passed, wanted) => {
    const [granted, waitMs] = await (redis as WithCharge).moimCharge(
      `moim:sends:${userId}`,
      sendsPerSecond,
      sendsBurst,
      passed,
      wanted,
    );
    return { granted, waitMs };
  };
}
