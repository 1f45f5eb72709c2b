import { describe, expect, it } from "vitest";
import { REPEAT_GRACE_MS } from "../src/sessions/lifetimes.ts";
import { bearer, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

async function isEnded(accessToken: string): Promise<boolean> {
  const { status, body } = await server().call(
    "GET",
    "/api/users/me",
    undefined,
    bearer(accessToken),
  );
  if (status === 200) return false;
  expect(body.code).toBe("session_revoked");
  return true;
}

function wasAnnounced(sessionId: string): Promise<void> {
  return expect
    .poll(() => server().announced.map((revocation) => revocation.sessionId))
    .toContain(sessionId);
}

describe("a refresh", () => {
  it("gives a new pair of tokens of the same session", async () => {
    const session = await server().signUp("rotates");
    server().clock.now += 1_000;
    const { status, body } = await server().refresh(session.refreshToken);
    expect(status).toBe(200);
    expect(body).toMatchObject({ sessionId: session.sessionId, user: session.user });
    expect(body.refreshToken).not.toBe(session.refreshToken);
    expect(body.accessToken).not.toBe(session.accessToken);
    expect(body.accessTokenExpiresAt).toBe(session.accessTokenExpiresAt + 1_000);
    expect((await server().refresh(body.refreshToken)).status).toBe(200);
  });

  it("gives one successor to twenty uses at once", async () => {
    const { refreshToken } = await server().signUp("races");
    await server().warmUp();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server().refresh(refreshToken)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const successors = [...new Set(answers.map(({ body }) => body.refreshToken))];
    expect(successors).toHaveLength(1);
    expect(successors).not.toContain(refreshToken);
    expect((await server().refresh(successors[0] ?? "")).status).toBe(200);
  });

  it("repeats a lost answer until the grace is over", async () => {
    const { refreshToken } = await server().signUp("loses");
    const lost = await server().refresh(refreshToken);
    server().clock.now += REPEAT_GRACE_MS;
    const repeated = await server().refresh(refreshToken);
    expect(repeated.status).toBe(200);
    expect(repeated.body.refreshToken).toBe(lost.body.refreshToken);
    expect(await isEnded(repeated.body.accessToken)).toBe(false);
  });

  it("ends the session when a spent token comes after the grace", async () => {
    const session = await server().signUp("stolen");
    const thief = await server().refresh(session.refreshToken);
    server().clock.now += REPEAT_GRACE_MS + 1;
    const { status, body } = await server().refresh(session.refreshToken);
    expect([status, body.code]).toEqual([401, "session_revoked"]);
    expect(await isEnded(thief.body.accessToken)).toBe(true);
    const again = await server().refresh(thief.body.refreshToken);
    expect([again.status, again.body.code]).toEqual([401, "session_revoked"]);
    await wasAnnounced(session.sessionId);
    expect(server().logLines.join("")).toContain('"event":"refresh_token_reused"');
  });

  it("ends the session within the grace too once the successor was used", async () => {
    const session = await server().signUp("replayed");
    const next = await server().refresh(session.refreshToken);
    await server().refresh(next.body.refreshToken);
    expect((await server().refresh(session.refreshToken)).body.code).toBe("session_revoked");
    expect(await isEnded(session.accessToken)).toBe(true);
    await wasAnnounced(session.sessionId);
  });

  it("leaves the user's other sessions alone when one is ended for reuse", async () => {
    const first = await server().signUp("elsewhere");
    const second = await server().signIn(first.user.email);
    const next = await server().refresh(first.refreshToken);
    await server().refresh(next.body.refreshToken);
    await server().refresh(first.refreshToken);
    expect(await isEnded(first.accessToken)).toBe(true);
    expect(await isEnded(second.body.accessToken)).toBe(false);
    expect((await server().refresh(second.body.refreshToken)).status).toBe(200);
  });

  it("records a revocation that outlives every access token of the session", async () => {
    const session = await server().signUp("recorded");
    const next = await server().refresh(session.refreshToken);
    server().clock.now += REPEAT_GRACE_MS + 1;
    await server().refresh(session.refreshToken);
    const { rows } = await server().pool.query(
      "SELECT user_id, expires_at FROM auth.revocations WHERE session_id = $1",
      [session.sessionId],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0].user_id).toBe(session.user.id);
    expect(rows[0].expires_at.getTime()).toBeGreaterThanOrEqual(next.body.accessTokenExpiresAt);
  });

  it("does not shorten what a revocation is remembered for: an older token may live longer", async () => {
    const session = await server().signUp("outlived");
    // As `pnpm mint --ttl-seconds` grants it, or a service before its lifetimes were made shorter.
    const dayOn = new Date(server().clock.now + 24 * 3_600_000);
    await server().pool.query("UPDATE auth.sessions SET access_expires_at = $2 WHERE id = $1", [
      session.sessionId,
      dayOn,
    ]);
    // A rotation, and a repeat of it.
    await server().refresh(session.refreshToken);
    const { body } = await server().refresh(session.refreshToken);
    await server().call("POST", "/api/auth/sign-out", undefined, bearer(body.accessToken));
    const { rows } = await server().pool.query(
      "SELECT expires_at FROM auth.revocations WHERE session_id = $1",
      [session.sessionId],
    );
    expect(rows[0]?.expires_at.getTime()).toBeGreaterThan(dayOn.getTime());
  });

  it("refuses an expired token, and one that nobody was given", async () => {
    const { refreshToken } = await server().signUp("expires");
    server().clock.now += 604_800_000;
    const expired = await server().refresh(refreshToken);
    expect([expired.status, expired.body.code]).toEqual([401, "token_expired"]);
    const unknown = await server().refresh("A".repeat(43));
    expect([unknown.status, unknown.body.code]).toEqual([401, "token_invalid"]);
    const missing = await server().call("POST", "/api/auth/refresh", { tokenTransport: "body" });
    expect([missing.status, missing.body.code]).toEqual([401, "token_invalid"]);
  });

  it("refuses an access token in its place", async () => {
    const { accessToken } = await server().signUp("confuses");
    const { status, body } = await server().refresh(accessToken);
    expect([status, body.code]).toEqual([401, "token_invalid"]);
  });

  it("stores no token in clear", async () => {
    const session = await server().signUp("secretive");
    const next = await server().refresh(session.refreshToken);
    const { rows } = await server().pool.query<{ row: string }>(
      `SELECT t::text AS row FROM auth.refresh_tokens t WHERE session_id = $1
       UNION ALL SELECT s::text FROM auth.sessions s WHERE id = $1`,
      [session.sessionId],
    );
    expect(rows).toHaveLength(3);
    for (const token of [session.refreshToken, next.body.refreshToken]) {
      const bytes = Buffer.from(token, "base64url").toString("hex");
      const text = Buffer.from(token).toString("hex");
      for (const { row } of rows) {
        expect(row).not.toContain(token);
        expect(row).not.toContain(bytes);
        expect(row).not.toContain(text);
      }
    }
  });
});

describe("the cookie", () => {
  async function signUpByCookie(nickname: string) {
    const body = {
      email: `${nickname}@example.org`,
      password: "correct-horse-1",
      nickname,
      name: "Some One",
    };
    return server().call("POST", "/api/auth/sign-up", body);
  }
  const tokenIn = (setCookie = "") => /^moim_refresh=([^;]*)/.exec(setCookie)?.[1] ?? "";

  it("carries the refresh token, and the body then does not", async () => {
    const { setCookie, body } = await signUpByCookie("cookie1");
    expect(setCookie).toMatch(/^moim_refresh=[\w-]{43}; /);
    expect(setCookie?.split("; ").slice(1).sort()).toEqual([
      "HttpOnly",
      "Max-Age=604800",
      "Path=/api/auth",
      "SameSite=Strict",
    ]);
    expect(body).not.toHaveProperty("refreshToken");
  });

  it("is not set when the token travels in the body", async () => {
    const { refreshToken } = await server().signUp("cookie2");
    const { setCookie, body } = await server().refresh(refreshToken);
    expect(setCookie).toBeUndefined();
    expect(body.refreshToken).toHaveLength(43);
  });

  it("is rotated by a refresh without a body", async () => {
    const first = tokenIn((await signUpByCookie("cookie3")).setCookie);
    const headers = { cookie: `moim_refresh=${first}` };
    const { status, body, setCookie } = await server().call(
      "POST",
      "/api/auth/refresh",
      undefined,
      headers,
    );
    expect(status).toBe(200);
    expect(body).not.toHaveProperty("refreshToken");
    expect(tokenIn(setCookie)).toHaveLength(43);
    expect(tokenIn(setCookie)).not.toBe(first);
  });

  it("is not used for a request that says its token is in the body", async () => {
    const headers = {
      cookie: `moim_refresh=${tokenIn((await signUpByCookie("cookie4")).setCookie)}`,
    };
    const answer = await server().call(
      "POST",
      "/api/auth/refresh",
      { tokenTransport: "body" },
      headers,
    );
    expect([answer.status, answer.body.code]).toEqual([401, "token_invalid"]);
  });

  it.each(["sign-up", "sign-in", "refresh", "sign-out"])(
    "is neither read nor set for a stranger's page: %s",
    async (route) => {
      const origin = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
      const { status, body, setCookie } = await server().call(
        "POST",
        `/api/auth/${route}`,
        {},
        origin,
      );
      expect([status, body.code, setCookie]).toEqual([403, "forbidden", undefined]);
    },
  );

  it.each(["http://moim.test", "http://localhost:8080"])(
    "serves our own page: %s",
    async (origin) => {
      const { status } = await server().call(
        "POST",
        "/api/auth/refresh",
        {},
        {
          origin,
          host: "localhost:8080",
        },
      );
      expect(status).toBe(401);
    },
  );
});
