import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { bearer, PASSWORD, startAuthServer, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();
const json = { "content-type": "application/json" };

const post = (body: string, headers: Record<string, string> = json) =>
  server().call("POST", "/api/auth/sign-in", body, headers);

describe("a request that is no request", () => {
  it.each([
    ["malformed JSON", '{"email":', 400, "bad_request"],
    ["no object", '"text"', 400, "bad_request"],
    ["null", "null", 400, "bad_request"],
    ["nothing", "", 400, "bad_request"],
    ["a poisoned prototype", '{"__proto__":{"email":"a@b.co"}}', 400, "bad_request"],
    [
      "a length that is no number",
      '{"email":{"length":{"toString":1}},"password":"x"}',
      400,
      "bad_request",
    ],
    ["wrong types", '{"email":{"a":1},"password":["x"]}', 400, "bad_request"],
    ["64 KiB and a little", JSON.stringify({ email: "x".repeat(65_536) }), 413, "too_large"],
  ])("is answered as a problem: %s", async (_name, body, status, code) => {
    const answer = await post(body);
    expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ type: "about:blank", status, code });
    expect(answer.body.title).toMatch(/./);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
    "is refused as %s",
    async (type) => {
      const answer = await post('{"email":"a@b.co","password":"x"}', { "content-type": type });
      expect([answer.status, answer.body.code]).toEqual([415, "bad_request"]);
      expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
    },
  );

  it.each(["/", "/api", "/api/auth/nothing", "/api/users/../../etc/passwd"])(
    "is not found: %s",
    async (path) => {
      const answer = await server().call("GET", path);
      expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
    },
  );

  it("is answered as a problem when it never became one", async () => {
    const url = new URL(await server().app.listen({ host: "127.0.0.1", port: 0 }));
    const socket = connect(Number(url.port), url.hostname);
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.write("NONSENSE\r\n\r\n");
    await once(socket, "close");
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain("content-type: application/problem+json");
    expect(answer).toContain('"code":"bad_request"');
  });

  it("is refused as a malformed URL", async () => {
    const answer = await server().call("GET", "/api/%zz");
    expect([answer.status, answer.body.code]).toEqual([400, "bad_request"]);
  });

  it.each(["/api/%zz", `/api/auth/password-resets/${"s3cret".repeat(40)}`])(
    "is refused without its address being repeated: %s",
    async (path) => {
      const answer = await server().call("PUT", path, { newPassword: "correct-horse-2" });
      expect(answer.body.code).toBe("bad_request");
      expect(answer.text).not.toMatch(/s3cret|%zz/);
    },
  );

  it("names every field that is wrong", async () => {
    const { body } = await server().call("POST", "/api/auth/sign-up", {
      email: "x",
      password: "x",
    });
    const paths = new Set(body.errors?.map(({ path }) => path));
    expect([...paths].sort()).toEqual(["email", "name", "nickname", "password"]);
  });
});

describe("a GET", () => {
  const REFERENCE = new URL("../reference/openapi.json", import.meta.url);
  const { paths } = JSON.parse(readFileSync(REFERENCE, "utf8")) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const routes = Object.keys(paths).filter((path) => paths[path]?.get);
  /** Everything that the database holds, in short. */
  async function contents(): Promise<unknown[]> {
    const { rows: tables } = await server().pool.query(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'auth' ORDER BY 1",
    );
    const found = tables.map(({ tablename }) =>
      server().pool.query(
        `SELECT '${tablename}' AS name, count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM auth.${tablename} t`,
      ),
    );
    return (await Promise.all(found)).flatMap(({ rows }) => rows);
  }

  it("changes nothing, whatever its route: a link or a picture's address does no harm", async () => {
    const { accessToken, refreshToken } = await server().signUp("linked");
    await server().call("POST", "/api/auth/password-resets", { email: "linked@example.org" });
    const headers = { ...bearer(accessToken), cookie: `moim_refresh=${refreshToken}` };
    const before = await contents();
    server().clock.now += 60_000;
    expect(routes.length).toBeGreaterThan(7);
    for (const route of [...routes, ...Object.keys(paths)]) {
      const path = route
        .replace(/\{\w+\}/g, "x")
        .replace("availability", "availability?nickname=free");
      await server().call("GET", path, undefined, headers);
    }
    expect(await contents()).toEqual(before);
  });
});

describe("an answer", () => {
  it("of the API is kept by no cache", async () => {
    const answer = await server().call("GET", "/api/auth/nickname-availability?nickname=free");
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  it("to a request that met a bug names an id that the log repeats", async () => {
    const { accessToken } = await server().signUp("patient");
    await server().pool.query("ALTER TABLE auth.sessions RENAME TO sessions_away");
    try {
      const bug = await server().call("GET", "/api/users/me", undefined, bearer(accessToken));
      expect([bug.status, bug.body.code]).toEqual([500, "internal"]);
      const id = /\(([0-9a-f-]{36})\)/.exec(bug.body.detail ?? "")?.[1];
      expect(server().logLines.some((line) => line.includes(`"errorId":"${id}"`))).toBe(true);
    } finally {
      await server().pool.query("ALTER TABLE auth.sessions_away RENAME TO sessions");
    }
  });

  it("without a database is unavailable, and says when to come back", async () => {
    const { server: lonely, close } = await startAuthServer();
    const { accessToken, refreshToken } = await lonely.signUp("lonely");
    lonely.cutDatabase();
    const answers = [
      await lonely.call("GET", "/api/users/me", undefined, bearer(accessToken)),
      await lonely.refresh(refreshToken),
      await lonely.signIn("lonely@example.org"),
    ];
    await close();
    for (const { status, body, headers } of answers) {
      expect([status, body.code, headers["retry-after"]]).toEqual([503, "unavailable", "1"]);
    }
  });
});

it("without Redis everything works, and revocations are still recorded", async () => {
  const { server: lonely, close } = await startAuthServer();
  lonely.redis.disconnect();
  const { refreshToken, accessToken, sessionId } = await lonely.signUp("redisless");
  expect((await lonely.signIn("redisless@example.org")).status).toBe(200);
  expect((await lonely.refresh(refreshToken)).status).toBe(200);
  const out = await lonely.call("POST", "/api/auth/sign-out", undefined, bearer(accessToken));
  const { rows } = await lonely.pool.query("SELECT session_id FROM auth.revocations");
  await close();
  expect(out.status).toBe(204);
  expect(rows).toEqual([{ session_id: sessionId }]);
  expect(lonely.logLines.join("")).toContain("a revocation could not be announced");
});

describe("operating", () => {
  it("answers probes and metrics", async () => {
    expect((await server().call("GET", "/livez")).status).toBe(200);
    expect((await server().call("GET", "/readyz")).status).toBe(200);
    await server().signUp("counted");
    await server().signIn("counted@example.org", "wrong-horse-1");
    const { text } = await server().call("GET", "/metrics");
    expect(text).toMatch(/^moim_auth_sign_ups_total [1-9]/m);
    expect(text).toMatch(/^moim_auth_sign_ins_total\{outcome="refused"\} [1-9]/m);
    expect(text).toMatch(/^moim_auth_password_hashes_waiting 0/m);
    expect(text).toMatch(/route="\/api\/auth\/sign-up",status="201"/);
  });

  it("counts what refresh tokens went through", async () => {
    const { refreshToken } = await server().signUp("rotator");
    const second = (await server().refresh(refreshToken)).body.refreshToken;
    await server().refresh(refreshToken);
    const third = (await server().refresh(second)).body.refreshToken;
    await server().refresh(refreshToken);
    await server().refresh(third);
    const { text } = await server().call("GET", "/metrics");
    for (const outcome of ["rotated", "repeated", "reused", "revoked"]) {
      expect(text).toMatch(
        new RegExp(`^moim_auth_refreshes_total\\{outcome="${outcome}"\\} [1-9]`, "m"),
      );
    }
    expect(text).toMatch(/^moim_auth_revocations_total [1-9]/m);
  });

  it("logs neither secrets nor addresses, whatever people do", async () => {
    const email = "discreet@example.org";
    const next = "another-horse-2";
    const session = await server().signUp("discreet");
    const headers = bearer(session.accessToken);
    await server().signIn(email, "wrong-horse-1");
    await server().call("POST", "/api/auth/sign-up", {
      ...{ email, password: PASSWORD, nickname: "other", name: "Other" },
    });
    await post('{"email":"discreet@example.org","password":');
    await post(`{"email":"${"discreet".repeat(10_000)}"}`);
    await server().call("GET", "/api/users?query=discreet", undefined, headers);
    await server().call("GET", "/api/auth/nickname-availability?nickname=discreet");
    await server().call("POST", "/api/auth/verification-codes", { email });
    await server().call("POST", "/api/auth/password-resets", { email });
    const passwords = { currentPassword: PASSWORD, newPassword: next };
    await server().call("PUT", "/api/auth/password", passwords, headers);
    await server().call("PATCH", "/api/users/me", { bio: "discreet" }, headers);
    const cookie = { cookie: `moim_refresh=${session.refreshToken}` };
    await server().call("POST", "/api/auth/refresh", undefined, cookie);
    const refreshed = (await server().refresh(session.refreshToken)).body;
    await server().refresh(refreshed.refreshToken);
    await server().refresh(session.refreshToken);
    const last = (await server().signIn(email, next)).body;
    await server().call("DELETE", "/api/users/me", { password: next }, bearer(last.accessToken));
    await expect.poll(() => server().mails.length).toBeGreaterThan(2);
    const mailed = server().mails.flatMap(({ text }) => text.match(/[\w-]{43}|\d{6}/g) ?? []);
    const log = server().logLines.join("");
    expect(log).toContain(session.sessionId);
    expect(mailed.length).toBeGreaterThan(0);
    const tokens = [session, refreshed, last].flatMap((s) => [s.accessToken, s.refreshToken]);
    const secrets = [...tokens, ...mailed.filter((text) => text.length > 6)];
    for (const secret of [...secrets, PASSWORD, "wrong-horse-1", next, "discreet", "$argon2id"]) {
      expect(log).not.toContain(secret);
    }
  });
});
