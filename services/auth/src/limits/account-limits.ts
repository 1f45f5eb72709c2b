import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { MINUTE_MS, tooMany } from "./rate-limits.ts";
import type { SharedCounts } from "./shared-counts.ts";
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
/**
 * Wrong passwords that one address may try over all accounts, where each by itself would be few (spraying).
 * A school's first morning behind one address stays below; whoever has come in from there before meets no
 * such limit.
 */
const WRONG_OF_ONE_SOURCE_PER_HOUR_MAX = 600;
/** Two tabs and many retries stay far below; a client that has lost its mind does not. */
const REFRESHES_PER_MINUTE_MAX = 120;

/** Rejects with `rate_limited`. `account` is whatever names it: an address, an id. */
export type LimitAccount = (request: FastifyRequest, account: string) => Promise<void>;

/** Of a password that may be tried. */
export type Attempt = {
  /** It was the right one, and so does not count among the wrong ones of its address. */
  succeeded(): Promise<void>;
};

/**
 * Limits passwords tried on one account by one address and by all, and on all accounts by one address.
 * Counted alike whether the account exists or not. `isKnownSource` tells whether somebody has signed in to the
 * account from an address before; it is asked only when one of the latter two have tried too much.
 * Rejects with `rate_limited`.
 */
export function limitPasswords(
  app: FastifyInstance,
  counts: SharedCounts,
  isKnownSource: (account: string, source: string) => Promise<boolean>,
): (request: FastifyRequest, account: string) => Promise<Attempt> {
  const limitOneSource = limitPasswordsOfOneSource(app, "sign-in");
  const countAll = counter(app, "sign-in-all", ALL_SOURCES_PER_HOUR_MAX, HOUR_MS);
  return async (request, account) => {
    // First, because what is refused here must not use up what others may do.
    await limitOneSource(request, account);
    const source = sourceOf(request);
    const isKnown = () => isKnownSource(account, source);
    // Taken for wrong until it is known: many at once are not all let through meanwhile.
    const wrong = `sign-in-wrong:${source}`;
    const { current, ttl } = await counts.count(wrong, HOUR_MS);
    if (current > WRONG_OF_ONE_SOURCE_PER_HOUR_MAX && !(await isKnown())) throw tooMany(ttl);
    const excess = await countAll(request, digest(account));
    if (excess !== undefined && !(await isKnown())) throw tooMany(excess.retryAfterMs);
    return { succeeded: () => counts.giveBack(wrong) };
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
