import { describe, expect, it } from "vitest";
import { bearer, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

const signOut = (body?: object, headers?: Record<string, string>) =>
  server().call("POST", "/api/auth/sign-out", body, headers);

const list = async (accessToken: string) =>
  (await server().call("GET", "/api/auth/sessions", undefined, bearer(accessToken))).body.sessions;

async function expectEnded(session: {
  accessToken: string;
  refreshToken: string;
  sessionId: string;
}) {
  const me = await server().call("GET", "/api/users/me", undefined, bearer(session.accessToken));
  expect([me.status, me.body.code]).toEqual([401, "session_revoked"]);
  expect((await server().refresh(session.refreshToken)).body.code).toBe("session_revoked");
  await expect.poll(() => server().announced.map((r) => r.sessionId)).toContain(session.sessionId);
}

describe("signing out", () => {
  it("ends the session by its access token", async () => {
    const session = await server().signUp("outbearer");
    expect((await signOut(undefined, bearer(session.accessToken))).status).toBe(204);
    await expectEnded(session);
  });

  it("ends the session by a refresh token in the body, be it current or spent", async () => {
    const session = await server().signUp("outbody");
    expect((await signOut({ refreshToken: session.refreshToken })).status).toBe(204);
    await expectEnded(session);
    const other = await server().signUp("outspent");
    const next = await server().refresh(other.refreshToken);
    expect((await signOut({ refreshToken: other.refreshToken })).status).toBe(204);
    await expectEnded(next.body);
  });

  it("ends the session by the cookie, even with an expired access token, and clears the cookie", async () => {
    const session = await server().signUp("outcookie");
    server().clock.now += 600_000;
    const cookie = { cookie: `moim_refresh=${session.refreshToken}` };
    const answer = await signOut(undefined, { ...bearer(session.accessToken), ...cookie });
    expect(answer.status).toBe(204);
    expect(answer.setCookie).toMatch(/^moim_refresh=; .*Path=\/api\/auth/);
    expect(answer.setCookie).toMatch(/Max-Age=0|Expires=Thu, 01 Jan 1970/);
    expect((await server().refresh(session.refreshToken)).body.code).toBe("session_revoked");
  });

  it("can be repeated", async () => {
    const { refreshToken } = await server().signUp("outtwice");
    expect((await signOut({ refreshToken })).status).toBe(204);
    expect((await signOut({ refreshToken })).status).toBe(204);
  });

  it("leaves another account's cookie alone", async () => {
    const mine = await server().signUp("outmine");
    const theirs = await server().signUp("outtheirs");
    const cookie = { cookie: `moim_refresh=${theirs.refreshToken}` };
    const answer = await signOut(undefined, { ...bearer(mine.accessToken), ...cookie });
    expect([answer.status, answer.setCookie]).toEqual([204, undefined]);
    await expectEnded(mine);
    expect((await server().refresh(theirs.refreshToken)).status).toBe(200);
  });

  it("needs to know whose session it is", async () => {
    const nothing = await signOut();
    expect([nothing.status, nothing.body.code]).toEqual([401, "token_invalid"]);
    const { accessToken } = await server().signUp("outlate");
    server().clock.now += 600_000;
    const late = await signOut(undefined, bearer(accessToken));
    expect([late.status, late.body.code]).toEqual([401, "token_expired"]);
    expect((await signOut({ refreshToken: "B".repeat(43) })).status).toBe(401);
  });
});

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

describe("the list of sessions", () => {
  it("shows one's own devices, the caller's marked", async () => {
    const first = await server().signUp("lister");
    server().clock.now += 1_000;
    const { body } = await server().call(
      "POST",
      "/api/auth/sign-in",
      { email: "lister@example.org", password: "correct-horse-1", tokenTransport: "body" },
      { "user-agent": FIREFOX, "x-forwarded-for": "203.0.113.9" },
    );
    await server().signUp("stranger");
    expect(await list(first.accessToken)).toEqual([
      {
        ...{ id: body.sessionId, current: false, userAgent: FIREFOX, ip: "203.0.113.9" },
        device: { browser: "Firefox 133", system: "Linux", kind: "desktop" },
        ...{ createdAt: server().clock.now, lastUsedAt: server().clock.now },
      },
      expect.objectContaining({ id: first.sessionId, current: true }),
    ]);
  });

  it("says when each was used last, be it by a refresh", async () => {
    const first = await server().signUp("lastuser");
    const second = (await server().signIn("lastuser@example.org")).body;
    server().clock.now += 5_000;
    await server().refresh(second.refreshToken);
    const listed = await list(first.accessToken);
    expect(listed.map(({ id, lastUsedAt }) => [id, lastUsedAt])).toEqual([
      [second.sessionId, server().clock.now],
      [first.sessionId, server().clock.now - 5_000],
    ]);
  });

  it("ends one other, or all others", async () => {
    const first = await server().signUp("ender");
    const [second, third, fourth] = await Promise.all(
      [1, 2, 3].map(async () => (await server().signIn("ender@example.org")).body),
    );
    if (!second || !third || !fourth) throw new Error("no session");
    const headers = bearer(first.accessToken);
    const one = await server().call(
      "DELETE",
      `/api/auth/sessions/${second.sessionId}`,
      undefined,
      headers,
    );
    expect(one.status).toBe(204);
    await expectEnded(second);
    expect(await list(first.accessToken)).toHaveLength(3);
    const all = await server().call("DELETE", "/api/auth/sessions", undefined, headers);
    expect(all.status).toBe(204);
    await expectEnded(third);
    await expectEnded(fourth);
    expect((await list(first.accessToken)).map(({ id }) => id)).toEqual([first.sessionId]);
  });

  it("does not let anybody end, or find out about, a session of somebody else", async () => {
    const attacker = await server().signUp("attacker");
    const victim = await server().signUp("victim");
    const headers = bearer(attacker.accessToken);
    const path = "/api/auth/sessions/";
    const theirs = await server().call("DELETE", path + victim.sessionId, undefined, headers);
    const nobodys = await server().call("DELETE", path + victim.user.id, undefined, headers);
    expect([theirs.status, theirs.body.code]).toEqual([404, "not_found"]);
    expect(nobodys.text).toBe(theirs.text);
    expect((await server().refresh(victim.refreshToken)).status).toBe(200);
    const malformed = await server().call("DELETE", `${path}x`, undefined, headers);
    expect(malformed.status).toBe(400);
  });

  it("is for callers with a token only", async () => {
    for (const method of ["GET", "DELETE"] as const) {
      expect((await server().call(method, "/api/auth/sessions")).status).toBe(401);
    }
  });
});
