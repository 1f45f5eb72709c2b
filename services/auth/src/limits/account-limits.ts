import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { MINUTE_MS, tooMany } from "./rate-limits.ts";
import { sourceOf } from "./source.ts";

const HOUR_MS = 60 * MINUTE_MS;

/** Passwords that one network address may try on one account. */
const ONE_SOURCE_PER_MINUTE_MAX = 30;
const ONE_SOURCE_PER_HOUR_MAX = 120;
/**
 * Passwords that all addresses together may try on one account, except for those that somebody
 * signed in from before: guessers with many addresses get no further, the owner at home does.
 * More than three times what one address may, so that one alone cannot bring it about.
 */
const ALL_SOURCES_PER_HOUR_MAX = 400;
/** Two tabs and many retries stay far below; a client that has lost its mind does not. */
const REFRESHES_PER_MINUTE_MAX = 120;

/** Rejects with `rate_limited`. `account` is whatever names it: an address, an id. */
export type LimitAccount = (request: FastifyRequest, account: string) => Promise<void>;

/**
 * Limits passwords tried on one account. Counted alike whether the account exists or not.
 * `isKnownSource` tells whether somebody has signed in to the account from an address before; it is
 * asked only when all addresses together have tried too much.
 */
export function limitPasswords(
  app: FastifyInstance,
  isKnownSource: (account: string, source: string) => Promise<boolean>,
): LimitAccount {
  const limitOneSource = limitPasswordsOfOneSource(app, "sign-in");
  const countAll = counter(app, "sign-in-all", ALL_SOURCES_PER_HOUR_MAX, HOUR_MS);
  return async (request, account) => {
    // First, because what is refused here must not use up what others may do.
    await limitOneSource(request, account);
    const excess = await countAll(request, digest(account));
    if (excess === undefined || (await isKnownSource(account, sourceOf(request)))) return;
    throw tooMany(excess.retryAfterMs);
  };
}

/** Limits how often whoever is signed in may try what the password of this account is. */
export function limitOwnPasswords(app: FastifyInstance): LimitAccount {
  return limitPasswordsOfOneSource(app, "own-password");
}

function limitPasswordsOfOneSource(app: FastifyInstance, name: string): LimitAccount {
  const perMinute = counter(app, `${name}-minute`, ONE_SOURCE_PER_MINUTE_MAX, MINUTE_MS);
  const perHour = counter(app, `${name}-hour`, ONE_SOURCE_PER_HOUR_MAX, HOUR_MS);
  return async (request, account) => {
    const key = `${sourceOf(request)}:${digest(account)}`;
    for (const count of [perMinute, perHour]) {
      const excess = await count(request, key);
      if (excess !== undefined) throw tooMany(excess.retryAfterMs);
    }
  };
}

/** Only who holds a token of the session can use this up, so it counts whatever the address. */
export function limitRefreshes(app: FastifyInstance): LimitAccount {
  const count = counter(app, "refreshes", REFRESHES_PER_MINUTE_MAX, MINUTE_MS);
  return async (request, sessionId) => {
    const excess = await count(request, sessionId);
    if (excess !== undefined) throw tooMany(excess.retryAfterMs);
  };
}

type Excess = { retryAfterMs: number };

/** Counts one more; the excess when that was too many. */
function counter(app: FastifyInstance, name: string, max: number, timeWindow: number) {
  const keys = new WeakMap<FastifyRequest, string>();
  const keyGenerator = (request: FastifyRequest) => `${name}:${keys.get(request)}`;
  const count = app.createRateLimit({ max, timeWindow, keyGenerator });
  return async (request: FastifyRequest, key: string): Promise<Excess | undefined> => {
    keys.set(request, key);
    const result = await count(request);
    return !result.isAllowed && result.isExceeded ? { retryAfterMs: result.ttl } : undefined;
  };
}

/** Redis is told who was tried no more than it needs. */
function digest(account: string): string {
  return createHash("sha256").update(account).digest("base64url");
}
