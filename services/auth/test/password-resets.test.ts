import pg from "pg";
import { describe, expect, it, vi } from "vitest";
import { bearer, PASSWORD, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();
const NEXT = "another-horse-2";
const MINUTE_MS = 60_000;

let lastSource = 0;
/** Each test asks from networks of its own: the counts of one stand in Redis for the next run, too. */
const elsewhere = () => ({
  "x-forwarded-for": `2001:db8:${process.pid % 9_999}:${lastSource++}::1`,
});

function ask(email: string, headers: Record<string, string> = {}) {
  const from = { ...elsewhere(), ...headers };
  return server().call("POST", "/api/auth/password-resets", { email }, from);
}

function reset(token: string, newPassword = NEXT, headers: Record<string, string> = {}) {
  const path = `/api/auth/password-resets/${token}`;
  return server().call("PUT", path, { newPassword }, { ...elsewhere(), ...headers });
}

const mailsTo = (email: string) => server().mails.filter(({ to }) => to === email);

async function tokenFor(email: string): Promise<string> {
  await ask(email);
  const link = /http:\/\/moim\.test\/reset-password\/([\w-]+)/.exec(
    mailsTo(email).at(-1)?.text ?? "",
  );
  return link?.[1] ?? "";
}

async function signUp(nickname: string) {
  return { ...(await server().signUp(nickname)), email: `${nickname}@example.org` };
}

describe("resetting a password", () => {
  it("sets it by the mailed link, ends every session, and tells the owner", async () => {
    const first = await signUp("forgot");
    const second = (await server().signIn(first.email)).body;
    const token = await tokenFor(first.email);
    expect(token).toHaveLength(43);
    const { status, text } = await reset(token);
    expect([status, text]).toEqual([204, ""]);
    expect((await server().signIn(first.email, PASSWORD)).status).toBe(401);
    for (const session of [first, second]) {
      const answer = await server().refresh(session.refreshToken);
      expect([answer.status, answer.body.code]).toEqual([401, "session_revoked"]);
      await expect
        .poll(() => server().announced.map(({ sessionId }) => sessionId))
        .toContain(session.sessionId);
    }
    expect((await server().signIn(first.email, NEXT)).status).toBe(200);
    expect(mailsTo(first.email).at(-1)?.subject).toBe("Your Moim password was changed");
  });

  it("works once, of twenty uses at a time", async () => {
    const { email } = await signUp("once");
    const token = await tokenFor(email);
    await server().warmUp();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => reset(token, `another-horse-${i}`)),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([204, ...Array(19).fill(400)]);
    const winner = answers.findIndex(({ status }) => status === 204);
    expect((await server().signIn(email, `another-horse-${winner}`)).status).toBe(200);
    expect(mailsTo(email).filter(({ subject }) => /was changed/.test(subject))).toHaveLength(1);
  });

  it("works once for those who have all been let in before one of them was done", async () => {
    const { email } = await signUp("waiting");
    const token = await tokenFor(email);
    const { pool } = server();
    const holder = await pool.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT FROM auth.users WHERE email = $1 FOR UPDATE", [email]);
    const resets = Promise.all(Array.from({ length: 3 }, () => reset(token)));
    const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    const countWaiting = async () => (await pool.query(waiting)).rows[0].count;
    await expect.poll(countWaiting).toBe(3);
    await holder.query("COMMIT");
    holder.release();
    expect((await resets).map(({ status }) => status).sort()).toEqual([204, 400, 400]);
  });

  it.each([
    ["made up", async () => "x".repeat(43)],
    ["too short", async () => "x"],
    ["no token", async () => "%00%ff"],
    ["of an address without an account", async () => tokenOfUnknown()],
  ])("refuses a token that is %s", async (_what, make) => {
    const answer = await reset(await make());
    expect([answer.status, answer.body.code]).toEqual([400, "bad_request"]);
  });

  it("names the token as what is wrong, and is as silent about what was wrong with it", async () => {
    const { email } = await signUp("silent");
    const token = await tokenFor(email);
    await reset(token);
    const used = await reset(token);
    const madeUp = await reset("y".repeat(43));
    expect(used.body.errors).toEqual([
      { path: "token", message: "is wrong, was used, or has expired" },
    ]);
    expect(used.text).toBe(madeUp.text);
  });

  it("refuses a link after thirty minutes", async () => {
    const { email } = await signUp("late");
    const token = await tokenFor(email);
    server().clock.now += 30 * MINUTE_MS - 1;
    expect((await reset(token, "weak")).body.errors?.[0]?.path).toBe("newPassword");
    server().clock.now += 1;
    expect((await reset(token)).body.errors?.[0]?.path).toBe("token");
    expect((await server().signIn(email)).status).toBe(200);
  });

  it("keeps the link usable when only the new password was too weak", async () => {
    const { email } = await signUp("weakly");
    const token = await tokenFor(email);
    const weak = await reset(token, "weak");
    expect([weak.status, weak.body.errors?.[0]?.path]).toEqual([400, "newPassword"]);
    expect((await reset(token)).status).toBe(204);
  });

  it("makes the older link void when a newer one is asked for", async () => {
    const { email } = await signUp("twice");
    const older = await tokenFor(email);
    const newer = await tokenFor(email);
    expect(newer).not.toBe(older);
    expect((await reset(older)).status).toBe(400);
    expect((await reset(newer)).status).toBe(204);
  });

  it("is for one account: the link of another sets nothing here", async () => {
    const mine = await signUp("mine");
    const theirs = await signUp("theirs");
    expect((await reset(await tokenFor(theirs.email))).status).toBe(204);
    expect((await server().signIn(mine.email)).status).toBe(200);
    expect((await server().refresh(mine.refreshToken)).status).toBe(200);
  });

  it("does nothing any more once the password was changed otherwise", async () => {
    const { email, accessToken } = await signUp("changed");
    const token = await tokenFor(email);
    const passwords = { currentPassword: PASSWORD, newPassword: "changed-horse-3" };
    await server().call("PUT", "/api/auth/password", passwords, bearer(accessToken));
    expect((await reset(token)).status).toBe(400);
    expect((await server().signIn(email, "changed-horse-3")).status).toBe(200);
  });

  it("leaves no session that was opened with the old password, however close they come", async () => {
    const { email } = await signUp("racing");
    const token = await tokenFor(email);
    await server().warmUp();
    const [done, ...signIns] = await Promise.all([
      reset(token),
      ...Array.from({ length: 8 }, () => server().signIn(email)),
    ]);
    expect(done?.status).toBe(204);
    const { rows } = await server().pool.query(
      `SELECT 1 FROM auth.sessions s JOIN auth.users u ON u.id = s.user_id
       WHERE u.email = $1 AND s.revoked_at IS NULL`,
      [email],
    );
    expect(rows).toHaveLength(0);
    expect(signIns.every(({ status }) => [200, 401, 409].includes(status))).toBe(true);
  });

  it("does nothing for an account that was deleted since", async () => {
    const { email, accessToken } = await signUp("leaving");
    const token = await tokenFor(email);
    const deleted = await server().call(
      "DELETE",
      "/api/users/me",
      { password: PASSWORD },
      bearer(accessToken),
    );
    expect(deleted.status).toBe(204);
    await server().signUp("successor", email);
    expect((await reset(token)).status).toBe(400);
    expect((await server().signIn(email)).status).toBe(200);
  });
});

function textOf(query: unknown): string {
  if (typeof query === "object" && query !== null && "text" in query) return String(query.text);
  return String(query);
}

async function tokenOfUnknown(): Promise<string> {
  await ask("stranger@example.org");
  // Nobody was told it, so that nobody can present it; a row of that address opens nothing either way.
  const token = "z".repeat(43);
  await server().pool.query(
    "UPDATE auth.password_resets SET token_hash = sha256($1::bytea) WHERE email = $2",
    [token, "stranger@example.org"],
  );
  return token;
}

describe("asking for a link", () => {
  it("is answered alike for a known and an unknown address, and only the known one gets a mail", async () => {
    await signUp("known");
    const known = await ask("known@example.org");
    const unknown = await ask("unknown@example.org");
    expect([known.status, known.text]).toEqual([202, "{}"]);
    expect([unknown.status, unknown.text]).toEqual([known.status, known.text]);
    expect(mailsTo("known@example.org")).toHaveLength(1);
    expect(mailsTo("unknown@example.org")).toHaveLength(0);
  });

  it("does the same work for both: as many statements, of the same kinds and sizes", async () => {
    await signUp("worked");
    const workFor = async (email: string) => {
      const queries = vi.spyOn(pg.Client.prototype, "query");
      const headers = elsewhere();
      const url = "/api/auth/password-resets";
      await server().app.inject({ method: "POST", url, payload: { email }, headers });
      const statements = queries.mock.calls.map(([query]) => textOf(query));
      queries.mockRestore();
      await server().mailWorker.settled();
      return statements.filter((statement) => !statement.includes("UPDATE auth.mail_outbox"));
    };
    const known = await workFor("worked@example.org");
    expect(known.length).toBeGreaterThan(5);
    expect(await workFor("strange@example.org")).toEqual(known);
  });

  it("takes as long for an unknown address as for a known one", async () => {
    const ROUNDS = 24;
    const nicknames = Array.from({ length: ROUNDS }, (_, i) => `timed${i}`);
    for (const nickname of nicknames) await server().signUp(nickname);
    const durations = { known: [] as number[], unknown: [] as number[] };
    for (const [i, nickname] of nicknames.entries()) {
      const emails = { known: `${nickname}@example.org`, unknown: `nobody${i}@example.org` };
      for (const who of ["known", "unknown"] as const) {
        const headers = elsewhere();
        const payload = { email: emails[who] };
        const url = "/api/auth/password-resets";
        const startedAt = performance.now();
        await server().app.inject({ method: "POST", url, payload, headers });
        durations[who].push(performance.now() - startedAt);
        await server().mailWorker.settled();
      }
    }
    // Of each the quickest: what else the machine does only adds.
    const quotient = Math.min(...durations.unknown) / Math.min(...durations.known);
    expect(quotient).toBeGreaterThan(1 / 3);
    expect(quotient).toBeLessThan(3);
  });

  it("is mailed ten times a day from one network, twenty in all, and answered each time", async () => {
    const { email } = await signUp("flooded");
    const [attacker, owner] = [elsewhere(), elsewhere()];
    for (let i = 0; i < 12; i++) expect((await ask(email, attacker)).status).toBe(202);
    expect(mailsTo(email)).toHaveLength(10);
    // The attacker has not used up what there is for the owner, and the newest link works.
    expect((await ask(email, owner)).status).toBe(202);
    expect(mailsTo(email)).toHaveLength(11);
    const token = /reset-password\/([\w-]+)/.exec(mailsTo(email).at(-1)?.text ?? "")?.[1] ?? "";
    expect((await ask(email, attacker)).status).toBe(202);
    expect((await reset(token)).status).toBe(204);
    for (let i = 0; i < 12; i++) await ask(email, elsewhere());
    expect(mailsTo(email).filter(({ subject }) => /Reset/.test(subject))).toHaveLength(20);
    server().clock.now += 24 * 60 * MINUTE_MS;
    await ask(email, attacker);
    expect(mailsTo(email).filter(({ subject }) => /Reset/.test(subject))).toHaveLength(21);
  });

  it("is mailed no more often when asked for many times at once, and not at the owner's expense", async () => {
    const { email } = await signUp("besieged");
    const attacker = elsewhere();
    await server().warmUp();
    await Promise.all(Array.from({ length: 40 }, () => ask(email, attacker)));
    expect(mailsTo(email)).toHaveLength(10);
    await ask(email);
    expect(mailsTo(email)).toHaveLength(11);
  });

  it("stores the token as a hash alone, and mails it in the reader's language", async () => {
    const { email } = await signUp("korean");
    await ask(email, { "accept-language": "ko-KR,ko;q=0.9,en;q=0.8" });
    const mail = mailsTo(email).at(-1);
    expect(mail?.subject).toBe("모임 비밀번호 재설정");
    const token = /reset-password\/([\w-]+)/.exec(mail?.text ?? "")?.[1] ?? "";
    const { rows } = await server().pool.query<{ row: string }>(
      "SELECT r::text AS row FROM auth.password_resets r WHERE email = $1",
      [email],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row).not.toContain(token);
    expect(rows[0]?.row).not.toContain(Buffer.from(token, "base64url").toString("hex"));
    expect(rows[0]?.row).not.toContain(Buffer.from(token).toString("hex"));
    expect(server().logLines.join("")).not.toContain(token);
  });

  it.each([{}, { email: "no address" }, { email: { $ne: "" } }])(
    "needs an address: %j",
    async (body) => {
      const answer = await server().call("POST", "/api/auth/password-resets", body, elsewhere());
      expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, "email"]);
    },
  );
});

describe("the owner is told by mail", () => {
  it("when the password was changed with the current one", async () => {
    const { email, accessToken } = await signUp("noticed");
    const passwords = { currentPassword: PASSWORD, newPassword: NEXT };
    const headers = { ...bearer(accessToken), "accept-language": "ko" };
    await server().call("PUT", "/api/auth/password", passwords, headers);
    expect(mailsTo(email).map(({ subject }) => subject)).toEqual([
      "모임 비밀번호가 변경되었습니다",
    ]);
  });

  it("once when a spent refresh token was used again, in the language of the session", async () => {
    const email = "robbed@example.org";
    const body = { email, password: PASSWORD, nickname: "robbed", name: "Some One" };
    const { body: session } = await server().call(
      "POST",
      "/api/auth/sign-up",
      { ...body, tokenTransport: "body" },
      { "accept-language": "ko" },
    );
    const stolen = { refreshToken: session.refreshToken, tokenTransport: "body" };
    await server().refresh(session.refreshToken);
    server().clock.now += MINUTE_MS;
    for (let i = 0; i < 3; i++) {
      const thief = { "accept-language": "en" };
      const { body } = await server().call("POST", "/api/auth/refresh", stolen, thief);
      expect(body.code).toBe("session_revoked");
    }
    expect(mailsTo(email).map(({ subject }) => subject)).toEqual([
      "모임 보안 알림: 한 기기가 로그아웃되었습니다",
    ]);
    expect(server().logLines.join("")).toContain('"event":"refresh_token_reused"');
    expect(server().logLines.join("")).not.toContain("robbed");
  });

  it("not when the password was wrong, or the answer of a refresh was lost", async () => {
    const { email, accessToken, refreshToken } = await signUp("calm");
    const passwords = { currentPassword: "wrong-horse-1", newPassword: NEXT };
    await server().call("PUT", "/api/auth/password", passwords, bearer(accessToken));
    await server().refresh(refreshToken);
    expect((await server().refresh(refreshToken)).status).toBe(200);
    expect(mailsTo(email)).toEqual([]);
  });
});
