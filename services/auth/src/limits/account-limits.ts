import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
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
  /** It was the right one, and so counts nowhere. */
  succeeded(): Promise<void>;
};

/**
 * Limits wrong passwords tried on one account by one address and by all, and on all accounts by one address.
 * Counted alike whether the account exists or not. `isKnownSource` tells whether somebody has signed in to the
 * account from an address before; it is asked only when one of the latter two have tried too much.
 * Rejects with `rate_limited`.
 */
export function limitPasswords(
  counts: SharedCounts,
  isKnownSource: (account: string, source: string) => Promise<boolean>,
): (request: FastifyRequest, account: string) => Promise<Attempt> {
  const ofAll = new Limit(counts, "sign-in-all", ALL_SOURCES_PER_HOUR_MAX, HOUR_MS);
  const ofSource = new Limit(counts, "sign-in-wrong", WRONG_OF_ONE_SOURCE_PER_HOUR_MAX, HOUR_MS);
  const ofPair = passwordsOfOneSource(counts, "sign-in");
  return async (request, account) => {
    const source = sourceOf(request);
    const target = digest(account);
    const pair = `${source}:${target}`;
    // Taken for wrong until it is known: many at once are not all let through meanwhile.
    // This first, because what is refused here must not use up what others may do.
    for (const limit of ofPair) await limit.require(pair);
    for (const count of [() => ofSource.count(source), () => ofAll.count(target)]) {
      const excess = await count();
      if (excess && !(await isKnownSource(account, source))) throw tooMany(excess.retryAfterMs);
    }
    return {
      async succeeded() {
        const given = ofPair.map((limit) => limit.giveBack(pair));
        await Promise.all([...given, ofSource.giveBack(source), ofAll.giveBack(target)]);
      },
    };
  };
}

/** Limits how often whoever is signed in may try what the password of this account is. */
export function limitOwnPasswords(counts: SharedCounts): LimitAccount {
  const limits = passwordsOfOneSource(counts, "own-password");
  return async (request, account) => {
    for (const limit of limits) await limit.require(`${sourceOf(request)}:${digest(account)}`);
  };
}

function passwordsOfOneSource(counts: SharedCounts, name: string): readonly Limit[] {
  return [
    new Limit(counts, `${name}-minute`, ONE_SOURCE_PER_MINUTE_MAX, MINUTE_MS),
    new Limit(counts, `${name}-hour`, ONE_SOURCE_PER_HOUR_MAX, HOUR_MS),
  ];
}

/** Only who holds a token of the session can use this up, so it counts whatever the address. */
export function limitRefreshes(counts: SharedCounts): (sessionId: string) => Promise<void> {
  const limit = new Limit(counts, "refreshes", REFRESHES_PER_MINUTE_MAX, MINUTE_MS);
  return (sessionId) => limit.require(sessionId);
}

type Excess = { retryAfterMs: number };

/** So many within a time, for each key. */
class Limit {
  readonly #counts: SharedCounts;
  readonly #name: string;
  readonly #max: number;
  readonly #windowMs: number;

  constructor(counts: SharedCounts, name: string, max: number, windowMs: number) {
    this.#counts = counts;
    this.#name = name;
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Counts one more; the excess when that was too many. */
  async count(key: string): Promise<Excess | undefined> {
    const { current, ttl } = await this.#counts.count(`${this.#name}:${key}`, this.#windowMs);
    return current > this.#max ? { retryAfterMs: ttl } : undefined;
  }

  /** Counts one more. Rejects with `rate_limited` when that was too many. */
  async require(key: string): Promise<void> {
    const excess = await this.count(key);
    if (excess !== undefined) throw tooMany(excess.retryAfterMs);
  }

  giveBack(key: string): Promise<void> {
    return this.#counts.giveBack(`${this.#name}:${key}`);
  }
}

/** Redis is told who was tried no more than it needs. */
function digest(account: string): string {
  return createHash("sha256").update(account).digest("base64url");
}
