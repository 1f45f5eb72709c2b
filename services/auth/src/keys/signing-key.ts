import { createPrivateKey, createPublicKey } from "node:crypto";
import { TOKEN_ALGORITHM } from "@moim/protocol";
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

export const privateJwk = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  d: z.string(),
});
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

export async function makeSigningKey(): Promise<SigningKey> {
  return toSigningKey(await makePrivateJwk());
}

export async function makePrivateJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
  return exportJWK(privateKey);
}

export function privateJwkOf({ publicJwk, secret }: SigningKey): JWK {
  const { kty, crv, x } = publicJwk;
  return { kty, crv, x, d: secret.toString("base64url") };
}
