import { ConfigurationError } from "@moim/service";
import type { JWK } from "jose";
import { z } from "zod";
import {
  makeSigningKey,
  privateJwk,
  privateJwkOf,
  type SigningKey,
  toSigningKey,
} from "./signing-key.ts";

/**
 * The keys of one moment. All are published: `next` long before it signs, so that verifiers know it by
 * then, and the retired as long as a token that they signed may live.
 */
export type KeySet = {
  readonly current: SigningKey;
  readonly next: SigningKey | undefined;
  readonly retired: readonly RetiredKey[];
};

/** `expiresAt`: when the last token that it signed has run out; null is not known. */
export type RetiredKey = { readonly key: SigningKey; readonly expiresAt: number | null };

/** Running services take up to some seconds to sign with the next key, and clocks differ. */
const RETIREMENT_MARGIN_MS = 2 * 60_000;

export async function makeKeySet(): Promise<KeySet> {
  return { current: await makeSigningKey(), next: await makeSigningKey(), retired: [] };
}

/** The next key signs, a fresh one comes after it, and the one that signed so far is retired. */
export async function rotateKeySet(
  set: KeySet,
  { now, lastTokenExpiresAt }: { now: number; lastTokenExpiresAt: number },
): Promise<KeySet> {
  const expiresAt = Math.max(now, lastTokenExpiresAt) + RETIREMENT_MARGIN_MS;
  const retired = set.retired.map((old) => ({ ...old, expiresAt: old.expiresAt ?? expiresAt }));
  return {
    current: set.next ?? (await makeSigningKey()),
    next: await makeSigningKey(),
    retired: [{ key: set.current, expiresAt }, ...retired.filter((old) => old.expiresAt > now)],
  };
}

const storedJwk = privateJwk.extend({
  /** Seconds since the epoch. Set where `rotateKeySet` retired the key. */
  exp: z.int().optional(),
  /** Set on the key that signs next; keys listed by hand have it not, and so never sign again. */
  nbf: z.int().optional(),
});
type StoredJwk = JWK & { exp?: number; nbf?: number };

const storedJwkSet = z.object({ keys: z.array(storedJwk).min(1) });

/**
 * Reads the text of `SIGNING_KEYS`: the first signs. Throws `ConfigurationError`, which never quotes
 * the keys.
 */
export async function parseKeySet(text: string): Promise<KeySet> {
  try {
    const [first, ...others] = storedJwkSet.parse(JSON.parse(text)).keys;
    if (first === undefined) throw new Error("no keys");
    const next = others.find(({ nbf, exp }) => nbf !== undefined && exp === undefined);
    const retired = others.filter((jwk) => jwk !== next);
    return {
      current: await toSigningKey(first),
      next: next && (await toSigningKey(next)),
      retired: await Promise.all(
        retired.map(async (jwk) => ({
          key: await toSigningKey(jwk),
          expiresAt: jwk.exp === undefined ? null : jwk.exp * 1000,
        })),
      ),
    };
  } catch {
    throw new ConfigurationError(
      'SIGNING_KEYS must be a JWK set, {"keys":[…]}, of private Ed25519 keys',
    );
  }
}

/** The text of `SIGNING_KEYS`, private halves included. */
export function serialiseKeySet({ current, next, retired }: KeySet, now: number): string {
  const keys: StoredJwk[] = [
    privateJwkOf(current),
    ...(next ? [{ ...privateJwkOf(next), nbf: Math.floor(now / 1000) }] : []),
    ...retired.map(({ key, expiresAt }) => ({
      ...privateJwkOf(key),
      ...(expiresAt === null ? {} : { exp: Math.ceil(expiresAt / 1000) }),
    })),
  ];
  return `${JSON.stringify({ keys }, null, 2)}\n`;
}
