import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const LIFETIME_SECONDS = 3_600;

/** Plays the auth service: publishes a key, and signs tokens for as many users as a bench needs. */
export type Issuer = { url: string; token(userId: string): string; close(): void };

export async function startIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "bench", alg: "EdDSA", use: "sig" };
  const server = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const header = encode({ alg: "EdDSA", kid: jwk.kid, typ: "JWT" });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token(userId) {
      const now = Math.floor(Date.now() / 1_000);
      const claims = encode({
        ...{ iss: "moim", aud: "moim", sub: userId, sid: randomUUID(), jti: randomUUID() },
        ...{ iat: now, exp: now + LIFETIME_SECONDS, typ: "access" },
      });
      const signature = sign(null, Buffer.from(`${header}.${claims}`), privateKey);
      return `${header}.${claims}.${signature.toString("base64url")}`;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
