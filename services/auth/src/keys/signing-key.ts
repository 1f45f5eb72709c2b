import { createPrivateKey, createPublicKey } from "node:crypto";
import { TOKEN_ALGORITHM } from "@moim/protocol";
import { ConfigurationError } from "@moim/service";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { z } from "zod";

/** An Ed25519 key pair. `kid` is the RFC 7638 thumbprint, so a key names itself. */
export interface SigningKey {
  readonly kid: string;
  readonly privatePem: string;
  readonly publicPem: string;
  /** What the JWK set publishes. */
  readonly publicJwk: JWK;
  /** The secret scalar, for keys derived from it. */
  readonly secret: Buffer;
}

const privateJwk = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  d: z.string(),
});
const privateJwkSet = z.object({ keys: z.array(privateJwk).min(1) });

/** Reads the text of `SIGNING_KEYS`. Throws `ConfigurationError`, which never quotes the keys. */
export async function parseSigningKeys(text: string): Promise<SigningKey[]> {
  try {
    const { keys } = privateJwkSet.parse(JSON.parse(text));
    return await Promise.all(keys.map(toSigningKey));
  } catch {
    throw new ConfigurationError(
      'SIGNING_KEYS must be a JWK set, {"keys":[…]}, of private Ed25519 keys',
    );
  }
}

export async function toSigningKey(input: JWK): Promise<SigningKey> {
  const { kty, crv, x, d } = privateJwk.parse(input);
  const key = createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" });
  const publicKey = createPublicKey(key);
  // The published half is derived: an `x` that does not belong to `d` would publish a wrong key.
  const derived = await exportJWK(publicKey);
  if (derived.x !== x) throw new Error("x and d do not belong together");
  const kid = await calculateJwkThumbprint(derived, "sha256");
  return {
    kid,
    privatePem: key.export({ type: "pkcs8", format: "pem" }).toString(),
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    publicJwk: { kty, crv, x, kid, use: "sig", alg: TOKEN_ALGORITHM },
    secret: Buffer.from(d, "base64url"),
  };
}

export async function makePrivateJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
  return exportJWK(privateKey);
}
