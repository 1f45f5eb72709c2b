import { hash } from "@node-rs/argon2";
import { describe, expect, it, vi } from "vitest";
import { PasswordHasher } from "../src/accounts/password-hasher.ts";
import { bearer, PASSWORD, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

describe("signing in", () => {
  it("opens another session for the same user", async () => {
    const first = await server().signUp("returns");
    const { status, body } = await server().signIn("returns@example.org");
    expect(status).toBe(200);
    expect(body.user).toEqual(first.user);
    expect(body.sessionId).not.toBe(first.sessionId);
  });

  it("answers a wrong address and a wrong password alike", async () => {
    await server().signUp("exists");
    const wrongPassword = await server().signIn("exists@example.org", "wrong-horse-1");
    const wrongAddress = await server().signIn("nobody@example.org", PASSWORD);
    expect(wrongPassword.status).toBe(401);
    expect(wrongPassword.body.code).toBe("token_invalid");
    expect(wrongAddress.text).toBe(wrongPassword.text);
    expect(wrongAddress.status).toBe(wrongPassword.status);
  });

  it("takes as long for an unknown address as for a known one", async () => {
    await server().signUp("timed");
    const durations = { known: [] as number[], unknown: [] as number[] };
    for (let i = 0; i < 9; i++) {
      for (const who of ["known", "unknown"] as const) {
        const email = who === "known" ? "timed@example.org" : `timed${i}@example.org`;
        const startedAt = performance.now();
        await server().signIn(email, "wrong-horse-1");
        durations[who].push(performance.now() - startedAt);
      }
    }
    // Of each the quickest: what else the machine does only adds.
    const quotient = Math.min(...durations.unknown) / Math.min(...durations.known);
    // Without the dummy comparison the quotient is near 0.1.
    expect(quotient).toBeGreaterThan(0.5);
  });

  it("opens nothing for a user without a password", async () => {
    const { user } = await server().signUp("locked");
    await server().pool.query("UPDATE auth.users SET password_hash = NULL WHERE id = $1", [
      user.id,
    ]);
    expect((await server().signIn("locked@example.org")).status).toBe(401);
  });

  it("hashes the password anew once the parameters have changed", async () => {
    const { user } = await server().signUp("weak");
    const weak = await hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 });
    await server().pool.query("UPDATE auth.users SET password_hash = $2 WHERE id = $1", [
      user.id,
      weak,
    ]);
    expect((await server().signIn("weak@example.org")).status).toBe(200);
    const { rows } = await server().pool.query(
      "SELECT password_hash FROM auth.users WHERE id = $1",
      [user.id],
    );
    expect(rows[0].password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await server().signIn("weak@example.org")).status).toBe(200);
  });

  it("brings no old password back by hashing it anew while the password is changed", async () => {
    const { user } = await server().signUp("overtaken");
    const store = (passwordHash: string) =>
      server().pool.query("UPDATE auth.users SET password_hash = $2 WHERE id = $1", [
        user.id,
        passwordHash,
      ]);
    await store(await hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 }));
    const next = "another-horse-2";
    const nextHash = await hash(next, { memoryCost: 8, timeCost: 1, parallelism: 1 });
    const hashing = vi.spyOn(PasswordHasher.prototype, "hash");
    hashing.mockImplementationOnce(async (password) => {
      await store(nextHash);
      return hash(password);
    });
    expect((await server().signIn("overtaken@example.org", PASSWORD)).status).toBe(409);
    expect(hashing).toHaveBeenCalledOnce();
    hashing.mockRestore();
    expect((await server().signIn("overtaken@example.org", PASSWORD)).status).toBe(401);
    expect((await server().signIn("overtaken@example.org", next)).status).toBe(200);
  });

  it("limits guesses at one account from one address, and there only", async () => {
    await server().signUp("guessed");
    const guess = async (remoteAddress: string, password = PASSWORD) => {
      const payload = { email: "guessed@example.org", password };
      const options = { method: "POST", url: "/api/auth/sign-in", payload, remoteAddress } as const;
      return server().app.inject(options);
    };
    // An address of this run's own: the counts stand in Redis.
    const attacker = `198.51.${process.pid % 250}.${Date.now() % 250}`;
    const answers = [];
    for (let i = 0; i < 31; i++) answers.push(await guess(attacker, "wrong-horse-1"));
    expect(answers.slice(0, 30).every(({ statusCode }) => statusCode === 401)).toBe(true);
    expect(answers[30]?.statusCode).toBe(429);
    expect(answers[30]?.json()).toMatchObject({ code: "rate_limited", status: 429 });
    expect(Number(answers[30]?.headers["retry-after"])).toBeGreaterThan(0);
    expect((await guess("203.0.113.7")).statusCode).toBe(200);
  });
});

describe("a password that everybody tries first", () => {
  const field = (answer: { status: number; body: { errors?: { path: string }[] } }) => [
    answer.status,
    answer.body.errors?.map(({ path }) => path),
  ];

  it("is refused at sign-up and at a change, in whatever case", async () => {
    const account = { email: "common@example.org", nickname: "common", name: "Common" };
    const body = { ...account, password: "P@ssw0rd" };
    const signUp = await server().call("POST", "/api/auth/sign-up", body);
    expect(field(signUp)).toEqual([400, ["password"]]);
    const { accessToken } = await server().signUp("common");
    const change = await server().call(
      "PUT",
      "/api/auth/password",
      { currentPassword: PASSWORD, newPassword: "p@SSw0rd" },
      bearer(accessToken),
    );
    expect(field(change)).toEqual([400, ["newPassword"]]);
    expect((await server().signIn("common@example.org")).status).toBe(200);
  });
});

describe("changing the password", () => {
  const change = (accessToken: string, body: object) =>
    server().call("PUT", "/api/auth/password", body, bearer(accessToken));

  it("ends all other sessions, and the old password", async () => {
    const here = await server().signUp("changes");
    const there = (await server().signIn("changes@example.org")).body;
    const next = "another-horse-2";
    const passwords = { currentPassword: PASSWORD, newPassword: next };
    expect((await change(here.accessToken, passwords)).status).toBe(204);
    expect((await server().refresh(there.refreshToken)).body.code).toBe("session_revoked");
    expect((await server().refresh(here.refreshToken)).status).toBe(200);
    expect((await server().signIn("changes@example.org", PASSWORD)).status).toBe(401);
    expect((await server().signIn("changes@example.org", next)).status).toBe(200);
    await expect.poll(() => server().announced.map((r) => r.sessionId)).toContain(there.sessionId);
    expect(server().announced.map((r) => r.sessionId)).not.toContain(here.sessionId);
  });

  it("needs the current password and a good new one", async () => {
    const { accessToken } = await server().signUp("careful");
    const wrong = { currentPassword: "wrong-horse-1", newPassword: "another-horse-2" };
    const refused = await change(accessToken, wrong);
    expect([refused.status, refused.body.errors?.[0]?.path]).toEqual([400, "currentPassword"]);
    const weak = { currentPassword: PASSWORD, newPassword: "weak" };
    expect((await change(accessToken, weak)).body.errors?.[0]?.path).toBe("newPassword");
    expect((await server().signIn("careful@example.org")).status).toBe(200);
  });

  it("leaves no session that was opened with the old password, however close they come", async () => {
    const { accessToken, sessionId } = await server().signUp("close");
    const passwords = { currentPassword: PASSWORD, newPassword: "another-horse-2" };
    await server().warmUp();
    const [changed, ...signIns] = await Promise.all([
      change(accessToken, passwords),
      ...Array.from({ length: 8 }, () => server().signIn("close@example.org")),
    ]);
    expect(changed?.status).toBe(204);
    const { body } = await server().call(
      "GET",
      "/api/auth/sessions",
      undefined,
      bearer(accessToken),
    );
    expect(body.sessions.map(({ id }) => id)).toEqual([sessionId]);
    expect(signIns.every(({ status }) => [200, 401, 409].includes(status))).toBe(true);
  });
});
