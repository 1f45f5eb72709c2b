import { TokenVerifier } from "@moim/service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deleteExpired } from "../src/db/expire.ts";
import { keysFromDatabase, rotateDatabaseKeys } from "../src/keys/database-keys.ts";
import { makePrivateJwk } from "../src/keys/signing-key.ts";
import { lastAccessExpiry } from "../src/sessions/last-access-expiry.ts";
import { type AuthServer, bearer, startAuthServer, useAuthServer } from "./auth-server.ts";

const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid;

describe("without signing keys", () => {
  const server = useAuthServer();

  it("those who start at once agree on the same two", async () => {
    await server().pool.query("DELETE FROM auth.signing_keys");
    await server().warmUp();
    const all = await Promise.all(Array.from({ length: 8 }, () => keysFromDatabase(server().pool)));
    const kids = all.map(({ current, next }) => `${current.kid} ${next?.kid}`);
    expect(new Set(kids).size).toBe(1);
    expect(all[0]?.next?.kid).not.toBe(all[0]?.current.kid);
    expect(await keysFromDatabase(server().pool)).toEqual(all[0]);
    await server().keys.reload();
  });

  it("those who rotate at once rotate one after the other", async () => {
    const { pool } = server();
    const before = await keysFromDatabase(pool);
    const times = { now: Date.now(), lastTokenExpiresAt: Date.now() };
    const rotated = await Promise.all([1, 2, 3].map(() => rotateDatabaseKeys(pool, times)));
    const signed = new Set(rotated.map(({ current }) => current.kid));
    expect([signed.size, signed.has(before.next?.kid ?? "")]).toEqual([3, true]);
    expect((await keysFromDatabase(pool)).retired).toHaveLength(3);
    await pool.query("DELETE FROM auth.signing_keys WHERE expires_at IS NOT NULL");
    await server().keys.reload();
  });
});

describe("a rotation, without a restart", () => {
  const server = useAuthServer();

  async function rotate() {
    const { pool, clock } = server();
    const lastTokenExpiresAt = await lastAccessExpiry(pool);
    const set = await rotateDatabaseKeys(pool, { now: clock.now, lastTokenExpiresAt });
    await server().keys.reload();
    return set;
  }

  const published = async () =>
    (await server().call("GET", "/.well-known/jwks.json")).body.keys.map(({ kid }) => kid);

  const isAccepted = async (token: string) =>
    (await server().call("GET", "/api/users/me", undefined, bearer(token))).status === 200;

  it("keeps tokens of the old key alive until they expire, also on a running chat node, twice", async () => {
    const url = await server().app.listen({ host: "127.0.0.1", port: 0 });
    const verifier = new TokenVerifier({
      ...{ jwksUrl: `${url}/.well-known/jwks.json`, issuer: "moim", audience: "moim" },
      ...{ logger: server().app.log as never, now: () => server().clock.now },
    });
    const verifies = (token: string) =>
      verifier.verify(token).then(
        () => true,
        () => false,
      );
    const first = await server().signUp("rotated");
    const tokens = [first.accessToken];
    // The verifier has seen the keys once, and from then on may ask only now and then.
    expect(await verifies(first.accessToken)).toBe(true);
    let refreshToken = first.refreshToken;
    for (let time = 1; time <= 2; time++) {
      const next = (await published())[1];
      await rotate();
      const { body } = await server().refresh(refreshToken);
      refreshToken = body.refreshToken;
      tokens.push(body.accessToken);
      expect(kidOf(body.accessToken)).toBe(next);
      for (const token of tokens) {
        expect([await isAccepted(token), await verifies(token)]).toEqual([true, true]);
      }
      server().clock.now += 10_000;
    }
    expect(new Set(tokens.map(kidOf)).size).toBe(3);
    expect(await published()).toHaveLength(4);

    server().clock.now += 580_000;
    expect(await isAccepted(tokens[0] ?? "")).toBe(false);
    expect(await isAccepted(tokens[2] ?? "")).toBe(true);
  });

  it("takes retired keys out of the set, and the database, once no token of theirs can live", async () => {
    expect(await published()).toHaveLength(4);
    server().clock.now += 10 * 60_000;
    expect(await published()).toHaveLength(2);
    const { pool } = server();
    const count = async () => (await pool.query("SELECT FROM auth.signing_keys")).rows.length;
    await pool.query(
      "UPDATE auth.signing_keys SET expires_at = now() - interval '1 s' WHERE expires_at IS NOT NULL",
    );
    await deleteExpired(pool);
    expect(await count()).toBe(2);
  });

  it("keeps a retired key for as long as the longest token that it signed lives", async () => {
    const { pool, clock } = server();
    const { accessToken, refreshToken, sessionId } = await server().signUp("longlived");
    const month = new Date(clock.now + 30 * 24 * 3_600_000);
    await pool.query("UPDATE auth.sessions SET access_expires_at = $2 WHERE id = $1", [
      sessionId,
      month,
    ]);
    // The next token of the session is a short one, and does not shorten this one's life.
    expect((await server().refresh(refreshToken)).status).toBe(200);
    const { retired } = await rotate();
    expect(retired[0]?.key.kid).toBe(kidOf(accessToken));
    expect(retired[0]?.expiresAt).toBeGreaterThan(month.getTime());
  });

  it("is found out at the first token of a new key, by a service that was not told", async () => {
    const { pool, clock } = server();
    const stranger = await server().keys.find("no-such-key");
    expect(stranger).toBeUndefined();
    clock.now += 2_000;
    await rotateDatabaseKeys(pool, { now: clock.now, lastTokenExpiresAt: clock.now });
    await rotateDatabaseKeys(pool, { now: clock.now, lastTokenExpiresAt: clock.now });
    const { current } = await keysFromDatabase(pool);
    expect((await server().keys.find(current.kid))?.kid).toBe(current.kid);
  });

  it("that cannot be read leaves the keys as they are", async () => {
    const { server: lonely, close } = await startAuthServer();
    const { kid } = lonely.keys.current;
    lonely.cutDatabase();
    await lonely.keys.reload();
    expect(lonely.keys.current.kid).toBe(kid);
    expect(lonely.logLines.join("")).toContain("the keys could not be read again");
    await close();
  });

  it("leaves codes valid that were mailed before", async () => {
    const { server: verifying, close } = await startAuthServer({ EMAIL_VERIFICATION: "on" });
    const email = "coded@example.org";
    await verifying.call("POST", "/api/auth/verification-codes", { email });
    const code = /\d{6}/.exec(verifying.mails[0]?.text ?? "")?.[0];
    const { pool, clock } = verifying;
    await rotateDatabaseKeys(pool, { now: clock.now, lastTokenExpiresAt: clock.now + 600_000 });
    await verifying.keys.reload();
    const account = { email, code, password: "correct-horse-1", nickname: "coded", name: "Coded" };
    const { status } = await verifying.call("POST", "/api/auth/sign-up", account);
    await close();
    expect(status).toBe(201);
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
