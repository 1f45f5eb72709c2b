import rateLimit from "@fastify/rate-limit";
import { Failure } from "@moim/protocol";
import type { RedisPublisher } from "@moim/service";
import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from "fastify";
import { verifyBearer } from "../keys/access-tokens.ts";

const WINDOW_MS = 60_000;

/**
 * Requests per minute and address. Many people may share one (an office, a school), so these only
 * stop floods; guessing is stopped by `createAccountLimit` and by the attempts that a code allows.
 */
export const RATE_LIMITS = {
  signUp: perMinute(300),
  signIn: perMinute(300),
  codes: perMinute(120),
  resets: perMinute(120),
  refresh: perMinute(1_200),
  lookups: perMinute(1_200),
} as const;

/** Passwords that one address may try on one account per minute. */
const ACCOUNT_ATTEMPTS_MAX = 30;

function perMinute(max: number): RouteShorthandOptions {
  return { config: { rateLimit: { max, timeWindow: WINDOW_MS } } };
}

/** Requests per minute and user, for routes that ask for an access token. */
const USER_LOOKUPS_MAX = 1_200;

/**
 * Counts by who asks instead of from where: a chat node asks for all of its users, from one address.
 * A request without a valid token is refused here, before anything is counted or read.
 */
export function limitLookupsByUser(now: () => number): RouteShorthandOptions {
  const keyGenerator = async (request: FastifyRequest) =>
    `user:${(await verifyBearer(request, now())).sub}`;
  return { config: { rateLimit: { max: USER_LOOKUPS_MAX, timeWindow: WINDOW_MS, keyGenerator } } };
}

/**
 * Counts in Redis, so that all processes count together, or in memory without one. While Redis is
 * away nothing is counted: a limit is no reason to lock everybody out.
 */
export async function registerRateLimits(
  app: FastifyInstance,
  redis: RedisPublisher | undefined,
): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    skipOnError: true,
    nameSpace: "moim:auth:rate:",
    ...(redis === undefined ? {} : { redis }),
    errorResponseBuilder: (_request, { ttl }) => tooMany(ttl),
  });
}

/**
 * Limits attempts per pair of address and account: nobody can lock somebody else out, because
 * attempts from elsewhere are counted apart.
 */
export function createAccountLimit(app: FastifyInstance) {
  const accounts = new WeakMap<FastifyRequest, string>();
  const count = app.createRateLimit({
    max: ACCOUNT_ATTEMPTS_MAX,
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => `account:${request.ip}:${accounts.get(request)}`,
  });
  return async (request: FastifyRequest, account: string): Promise<void> => {
    accounts.set(request, account);
    const result = await count(request);
    if (!result.isAllowed && result.isExceeded) throw tooMany(result.ttl);
  };
}

function tooMany(retryAfterMs: number): Failure {
  return new Failure("rate_limited", "too many attempts; try again later", { retryAfterMs });
}
