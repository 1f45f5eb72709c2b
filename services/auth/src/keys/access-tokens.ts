import fastifyJwt, { type TokenOrHeader } from "@fastify/jwt";
import {
  type AccessTokenClaims,
  accessTokenClaims,
  Failure,
  TOKEN_ALGORITHM,
} from "@moim/protocol";
import { createSigner } from "fast-jwt";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { v4 as uuidv4 } from "uuid";
import type { TokenConfig } from "../config.ts";
import type { KeyRing } from "./key-ring.ts";
import type { SigningKey } from "./signing-key.ts";

const REQUIRED_CLAIMS = ["iss", "aud", "exp", "iat", "jti", "sub", "sid", "typ"];

/**
 * Gives `app` what `signAccessToken` and `verifyBearer` need. The algorithm is pinned, and a key is
 * only ever found by a `kid` of ours, so that a token cannot choose how it is checked.
 */
export async function registerAccessTokens(
  app: FastifyInstance,
  keys: KeyRing,
  config: TokenConfig,
): Promise<void> {
  await app.register(fastifyJwt, {
    secret: {
      // Wanted by the library, and never used: keys rotate, and it knows one for ever.
      private: keys.current.privatePem,
      public: async (_request: FastifyRequest, token: TokenOrHeader) => {
        const key = await keys.find("header" in token ? token.header.kid : token.kid);
        if (key === undefined) throw new Failure("token_invalid", "the access token is not valid");
        return key.publicPem;
      },
    },
    decode: { complete: true },
    sign: { algorithm: TOKEN_ALGORITHM },
    verify: {
      algorithms: [TOKEN_ALGORITHM],
      allowedIss: config.issuer,
      allowedAud: config.audience,
      requiredClaims: REQUIRED_CLAIMS,
      cache: false,
    },
  });
}

export type AccessTokenSubject = {
  userId: string;
  sessionId: string;
  /** Milliseconds since the epoch, in whole seconds. */
  expiresAt: number;
};

export function signAccessToken(
  keys: KeyRing,
  config: TokenConfig,
  subject: AccessTokenSubject,
  now: number,
): string {
  const claims: AccessTokenClaims = {
    iss: config.issuer,
    aud: config.audience,
    sub: subject.userId,
    sid: subject.sessionId,
    jti: uuidv4(),
    iat: Math.floor(now / 1000),
    exp: subject.expiresAt / 1000,
    typ: "access",
  };
  return signerOf(keys.current)(claims);
}

type Signer = (claims: AccessTokenClaims) => string;
const signers = new WeakMap<SigningKey, Signer>();

/** What @fastify/jwt signs with. Making one takes ten times as long as a signature: one per key. */
function signerOf(key: SigningKey): Signer {
  const known = signers.get(key);
  if (known !== undefined) return known;
  const { kid, privatePem } = key;
  const signer = createSigner({ algorithm: TOKEN_ALGORITHM, kid, key: privatePem });
  signers.set(key, signer);
  return signer;
}

/**
 * The claims of the request's bearer token. Rejects with `token_expired`, or with `token_invalid`
 * for everything else that is wrong, a missing header included.
 */
export async function verifyBearer(
  request: FastifyRequest,
  now: number,
): Promise<AccessTokenClaims> {
  try {
    const payload = await request.jwtVerify({ decode: {}, verify: { clockTimestamp: now } });
    const claims = accessTokenClaims.parse(payload);
    // The library lets a token live for the very moment of its expiry; the contract does not.
    if (claims.exp * 1000 <= now) throw expired();
    return claims;
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (isExpiry(error)) throw expired();
    throw new Failure("token_invalid", "a valid access token is required", { cause: error });
  }
}

function expired(): Failure {
  return new Failure("token_expired", "the access token has expired");
}

function isExpiry(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "FST_JWT_AUTHORIZATION_TOKEN_EXPIRED"
  );
}
