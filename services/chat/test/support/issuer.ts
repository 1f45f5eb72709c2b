import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { v7 as uuidv7 } from "uuid";

export type TestUser = { userId: string; sessionId: string };
export type TokenOptions = {
  lifetimeMs?: number;
  issuedAt?: number;
  claims?: Record<string, unknown>;
  key?: "current" | "next";
};

/**
 * Plays the auth service towards a chat node: publishes keys, signs tokens, knows users. The real
 * one is tried together with the real chat nodes in tests/.
 */
export type Issuer = {
  url: string;
  /** How often the keys were asked for. */
  readonly keyRequests: number;
  newUser(): TestUser;
  /** What is left of a user who has deleted their account is the id. */
  deleteUser(user: TestUser): void;
  token(user: TestUser, options?: TokenOptions): Promise<string>;
  /** From now on the second key is published too. */
  rotate(): void;
  /** While paused, requests get no answer. */
  setPaused(paused: boolean): void;
  close(): Promise<void>;
};

export async function startIssuer(): Promise<Issuer> {
  const keys = { current: await newKey("first"), next: await newKey("second") };
  const users = new Set<string>();
  const deleted = new Set<string>();
  let published = [keys.current.jwk];
  let isPaused = false;
  let keyRequests = 0;
  const server = createServer((request, response) => {
    if (isPaused) return;
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/.well-known/jwks.json") {
      keyRequests++;
      response.end(JSON.stringify({ keys: published }));
      return;
    }
    const known = (searchParams.get("ids") ?? "").split(",").filter((id) => users.has(id));
    response.end(
      JSON.stringify({
        users: known.map((id) =>
          deleted.has(id)
            ? { id, nickname: "", name: "", bio: "", avatarUrl: null, deleted: true }
            : { id, nickname: "n", name: "n", bio: "", avatarUrl: null },
        ),
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get keyRequests() {
      return keyRequests;
    },
    newUser() {
      const user = { userId: uuidv7(), sessionId: uuidv7() };
      users.add(user.userId);
      return user;
    },
    deleteUser({ userId }) {
      deleted.add(userId);
    },
    async token(user, { lifetimeMs = 600_000, issuedAt = Date.now(), claims, key } = {}) {
      const { privateKey, jwk } = keys[key ?? "current"];
      return new SignJWT({ sid: user.sessionId, typ: "access", jti: uuidv7(), ...claims })
        .setProtectedHeader({ alg: "EdDSA", kid: jwk.kid })
        .setIssuer("moim")
        .setAudience("moim")
        .setSubject(user.userId)
        .setIssuedAt(Math.floor(issuedAt / 1_000))
        .setExpirationTime(Math.ceil((issuedAt + lifetimeMs) / 1_000))
        .sign(privateKey);
    },
    rotate() {
      published = [keys.next.jwk, keys.current.jwk];
    },
    setPaused(paused) {
      isPaused = paused;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function newKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "EdDSA", use: "sig" } };
}
