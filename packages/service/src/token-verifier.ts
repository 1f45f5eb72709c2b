import {
  type AccessTokenClaims,
  accessTokenClaims,
  Failure,
  parse,
  TOKEN_ALGORITHM,
} from "@moim/protocol";
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from "jose";
import { z } from "zod";
import type { Logger } from "./logger.ts";

/** Forged `kid`s must not make a node hammer the auth service. */
const REFETCH_COOLDOWN_MS = 5_000;
const FETCH_TIMEOUT_MS = 2_000;
/** Keys that were withdrawn are forgotten within this time while auth answers. */
const KEYS_AGE_MS_MAX = 10 * 60_000;

export type TokenVerifierOptions = {
  /** Address of the JWK set. */
  jwksUrl: string;
  issuer: string;
  audience: string;
  logger: Logger;
  now?: () => number;
  fetch?: typeof fetch;
};

type KnownKeys = { find: ReturnType<typeof createLocalJWKSet>; fetchedAt: number };

/**
 * Verifies access tokens offline against the auth service's public keys. Keys once fetched serve
 * on while auth is down; an unknown `kid` fetches them anew, at most once per cool-down.
 */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #now: () => number;
  #keys: KnownKeys | undefined;
  #fetching: Promise<void> | undefined;
  #lastAttemptAt = Number.NEGATIVE_INFINITY;
  /** Whether the last attempt brought no keys. */
  #hasFailed = false;

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Resolves to the claims of a valid, unexpired access token. Rejects with `Failure`:
   * `token_expired`, `token_invalid`, or `unavailable` while auth does not answer and the keys at
   * hand do not tell.
   */
  async verify(token: string): Promise<AccessTokenClaims> {
    const keys = await this.#currentKeys();
    try {
      return await this.#verifyWith(keys, token);
    } catch (error) {
      const newer = error instanceof errors.JWKSNoMatchingKey && (await this.#keysAfter(keys));
      if (!newer) throw this.#isUndecided(error) ? authUnavailable() : asFailure(error);
      return await this.#verifyWith(newer, token).catch((again: unknown) => {
        throw asFailure(again);
      });
    }
  }

  async #verifyWith(keys: KnownKeys, token: string): Promise<AccessTokenClaims> {
    const { issuer, audience } = this.#options;
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: [TOKEN_ALGORITHM],
      issuer,
      audience,
      requiredClaims: ["exp", "sub"],
      currentDate: new Date(this.#now()),
    });
    return parse(accessTokenClaims, payload);
  }

  async #currentKeys(): Promise<KnownKeys> {
    if (this.#keys === undefined) await this.#fetchKeys();
    else if (this.#now() - this.#keys.fetchedAt > KEYS_AGE_MS_MAX && this.#mayFetch()) {
      void this.#fetchKeys(); // In the background: the keys at hand still serve.
    }
    if (this.#keys === undefined) throw authUnavailable();
    return this.#keys;
  }

  /** A key that we do not know may be a new one, as long as we could not ask. */
  #isUndecided(error: unknown): boolean {
    return error instanceof errors.JWKSNoMatchingKey && this.#hasFailed;
  }

  /**
   * Keys fetched after those, or undefined when none are to be had now. Whoever comes while others
   * wait for an answer waits with them: at a change of keys, all sockets come at once.
   */
  async #keysAfter(keys: KnownKeys): Promise<KnownKeys | undefined> {
    const isCurrent = this.#keys === keys;
    if (isCurrent && (this.#fetching || this.#mayFetch())) await this.#fetchKeys();
    return this.#keys === keys ? undefined : this.#keys;
  }

  #mayFetch(): boolean {
    return this.#now() - this.#lastAttemptAt >= REFETCH_COOLDOWN_MS;
  }

  /** One request at a time, whoever asks. Never rejects: a failure leaves the keys as they are. */
  #fetchKeys(): Promise<void> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #load(): Promise<void> {
    this.#lastAttemptAt = this.#now();
    try {
      const request = this.#options.fetch ?? fetch;
      const response = await request(this.#options.jwksUrl, {
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const set: JSONWebKeySet = jwkSet.parse(await response.json());
      this.#keys = { find: createLocalJWKSet(set), fetchedAt: this.#now() };
      this.#hasFailed = false;
    } catch (error) {
      this.#hasFailed = true;
      this.#options.logger.warn({ err: error, url: this.#options.jwksUrl }, "no public keys");
    }
  }
}

const jwkSet = z.object({
  keys: z.array(z.looseObject({ kty: z.string() })),
});

function authUnavailable(): Failure {
  return new Failure("unavailable", "the auth service does not answer; try again", {
    retryAfterMs: 1_000,
  });
}

function asFailure(error: unknown): Failure {
  if (error instanceof errors.JWTExpired) {
    return new Failure("token_expired", "the access token has expired");
  }
  return new Failure("token_invalid", "the access token is not valid", { cause: error });
}
