import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keysFromDatabase } from "../src/keys/development-key.ts";
import { makePrivateJwk } from "../src/keys/signing-key.ts";
import { type AuthServer, bearer, startAuthServer, useAuthServer } from "./auth-server.ts";

describe("without signing keys", () => {
  const server = useAuthServer();

  it("those who start at once agree on one", async () => {
    await server().pool.query("DELETE FROM auth.signing_keys");
    await server().warmUp();
    const all = await Promise.all(Array.from({ length: 8 }, () => keysFromDatabase(server().pool)));
    expect(all.map((keys) => keys.length)).toEqual(Array(8).fill(1));
    expect(new Set(all.map(([key]) => key?.kid)).size).toBe(1);
    expect(await keysFromDatabase(server().pool)).toEqual(all[0]);
  });
});

describe("given signing keys", async () => {
  const [older, newer] = [await makePrivateJwk(), await makePrivateJwk()];
  let before: { server: AuthServer; close: () => Promise<void> };
  let after: { server: AuthServer; close: () => Promise<void> };

  beforeAll(async () => {
    const PUBLIC_URL = "https://moim.test";
    before = await startAuthServer({ SIGNING_KEYS: JSON.stringify({ keys: [older] }) });
    const keys = [newer, older];
    after = await startAuthServer({ PUBLIC_URL, SIGNING_KEYS: JSON.stringify({ keys }) });
  });
  afterAll(() => Promise.all([before.close(), after.close()]));

  const kidOf = (token: string) =>
    JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid;

  it("signs with the first and publishes all, without their private halves", async () => {
    const { body, text } = await after.server.call("GET", "/.well-known/jwks.json");
    expect(body.keys.map(({ x }) => x)).toEqual([newer.x, older.x]);
    expect(text).not.toContain('"d"');
    const { accessToken } = await after.server.signUp("signed");
    expect(kidOf(accessToken)).toBe(body.keys[0]?.kid);
  });

  it("still takes tokens of an older key that it was given too, and none of a withdrawn one", async () => {
    const { accessToken } = await before.server.signUp("aged");
    const { accessToken: fresh } = await after.server.signUp("fresh");
    expect(kidOf(accessToken)).not.toBe(kidOf(fresh));
    const me = (server: AuthServer, token: string) =>
      server.call("GET", "/api/users/me", undefined, bearer(token));
    // Its signature is good; only the session is not known in the other database.
    expect((await me(after.server, accessToken)).body.code).toBe("session_revoked");
    expect((await me(before.server, fresh)).body.code).toBe("token_invalid");
  });

  it("keeps nothing of them in the database", async () => {
    const { rows } = await after.server.pool.query("SELECT FROM auth.signing_keys");
    expect(rows).toHaveLength(0);
  });

  it("sends the cookie over https only, where the public URL is https", async () => {
    const { setCookie } = await after.server.call("POST", "/api/auth/sign-up", {
      ...{ email: "https@example.org", password: "correct-horse-1" },
      ...{ nickname: "https", name: "Some One" },
    });
    expect(setCookie?.split("; ")).toContain("Secure");
  });
});
