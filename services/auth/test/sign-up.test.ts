import { describe, expect, it } from "vitest";
import { PASSWORD, useAuthServer } from "./auth-server.ts";

const server = useAuthServer({ EMAIL_VERIFICATION: "on" });

const account = (name: string, change: object = {}) => ({
  email: `${name}@example.org`,
  password: PASSWORD,
  nickname: name,
  name: "Some One",
  tokenTransport: "body",
  ...change,
});

const signUp = (body: object) => server().call("POST", "/api/auth/sign-up", body);

function requestCode(email: string, headers: Record<string, string> = {}) {
  return server().call("POST", "/api/auth/verification-codes", { email }, headers);
}

function mailTo(email: string) {
  return server().mails.filter(({ to }) => to === email);
}

async function codeFor(email: string): Promise<string> {
  await requestCode(email);
  return /\d{6}/.exec(mailTo(email).at(-1)?.text ?? "")?.[0] ?? "";
}

const otherThan = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");

describe("signing up", () => {
  it("makes an account with a mailed code, and a session that works", async () => {
    const code = await codeFor("newcomer@example.org");
    const { status, body } = await signUp(account("newcomer", { code, name: "홍 길동" }));
    expect(status).toBe(201);
    expect(body.user).toEqual({
      ...{ id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/), nickname: "newcomer" },
      ...{ name: "홍 길동", bio: "", avatarUrl: null },
      ...{ email: "newcomer@example.org", createdAt: server().clock.now },
    });
    expect((await server().refresh(body.refreshToken)).status).toBe(200);
    expect((await server().signIn("newcomer@example.org")).status).toBe(200);
  });

  it("takes an address in any case for the same", async () => {
    const code = await codeFor("cased@example.org");
    expect((await signUp(account("cased", { code, email: " CASED@example.ORG " }))).status).toBe(
      201,
    );
    expect((await server().signIn("Cased@Example.org")).status).toBe(200);
  });

  it("refuses a well-known password before it asks for a code", async () => {
    const { status, body } = await signUp(account("hasty", { password: "P@ssw0rd" }));
    expect([status, body.errors?.map(({ path }) => path)]).toEqual([400, ["password"]]);
    const allowed = await signUp(account("hasty", { password: "Password1!" }));
    expect([allowed.status, allowed.body.errors?.[0]?.path]).toEqual([400, "code"]);
  });

  it("refuses a missing code, and one that was mailed to another address", async () => {
    const missing = await signUp(account("codeless"));
    expect([missing.status, missing.body.errors?.[0]?.path]).toEqual([400, "code"]);
    const foreign = await codeFor("foreign@example.org");
    await codeFor("codeless@example.org");
    const { status, body } = await signUp(account("codeless", { code: foreign }));
    expect([status, body.code, body.errors?.[0]?.path]).toEqual([400, "bad_request", "code"]);
  });

  it("refuses the right code after five wrong ones, also when they come at once", async () => {
    const code = await codeFor("guessed@example.org");
    const wrong = account("guessed", { code: otherThan(code) });
    await server().warmUp();
    const guesses = await Promise.all(Array.from({ length: 5 }, () => signUp(wrong)));
    expect(guesses.map(({ status }) => status)).toEqual(Array(5).fill(400));
    const { status, body } = await signUp(account("guessed", { code }));
    expect([status, body.errors?.[0]?.path]).toEqual([400, "code"]);
  });

  it("still takes the right code after four wrong ones", async () => {
    const code = await codeFor("typist@example.org");
    for (let i = 0; i < 4; i++) await signUp(account("typist", { code: otherThan(code) }));
    expect((await signUp(account("typist", { code }))).status).toBe(201);
  });

  it("refuses a code after ten minutes", async () => {
    const code = await codeFor("slow@example.org");
    server().clock.now += 10 * 60_000;
    expect((await signUp(account("slow", { code }))).status).toBe(400);
  });

  it("uses a code once, of twenty uses at a time", async () => {
    const code = await codeFor("once@example.org");
    await server().warmUp();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        signUp(account(`once${i}`, { code, email: "once@example.org" })),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array(19).fill(400)]);
  });

  it("keeps the code usable when only the nickname was taken", async () => {
    const first = await codeFor("holder@example.org");
    expect((await signUp(account("holder", { code: first }))).status).toBe(201);
    const code = await codeFor("wanter@example.org");
    const taken = await signUp(account("wanter", { code, nickname: "HOLDER" }));
    expect([taken.status, taken.body.code]).toEqual([409, "conflict"]);
    expect(taken.body.errors).toEqual([{ path: "nickname", message: "is taken" }]);
    expect((await signUp(account("wanter", { code }))).status).toBe(201);
  });

  it.each([
    ["email", "no address"],
    ["password", "short1!"],
    ["password", "no-digits-here"],
    ["password", "noSymbols123"],
    ["password", "12345678!"],
    ["nickname", "ab"],
    ["nickname", "has space"],
    ["nickname", "thirteenchars"],
    ["nickname", "аdmin"],
    ["name", "x"],
    ["code", "12345"],
  ])("names the field that is wrong: %s %s", async (path, value) => {
    const { status, body } = await signUp(account("fields", { code: "123456", [path]: value }));
    expect([status, body.code]).toEqual([400, "bad_request"]);
    expect(body.errors?.map((error) => error.path)).toContain(path);
  });
});

describe("a verification code", () => {
  it("is answered with its times, and stored as a hash", async () => {
    const { status, body } = await requestCode("hashed@example.org");
    expect(status).toBe(202);
    const { now } = server().clock;
    expect(body).toEqual({ expiresAt: now + 600_000, resendAt: now + 60_000 });
    const [mail] = mailTo("hashed@example.org");
    const code = /\d{6}/.exec(mail?.text ?? "")?.[0];
    expect(code).toBeDefined();
    const { rows } = await server().pool.query<{ row: string }>(
      "SELECT c::text AS row FROM auth.verification_codes c WHERE email = 'hashed@example.org'",
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row.replace("hashed@example.org", "")).not.toContain(code);
  });

  it("is not mailed again before its time; asking changes nothing", async () => {
    const first = await requestCode("eager@example.org");
    server().clock.now += 59_999;
    const second = await requestCode("eager@example.org");
    expect([second.status, second.body]).toEqual([202, first.body]);
    expect(mailTo("eager@example.org")).toHaveLength(1);
  });

  it("is replaced by a later one, with attempts of its own", async () => {
    const old = await codeFor("later@example.org");
    for (let i = 0; i < 5; i++) await signUp(account("later", { code: otherThan(old) }));
    server().clock.now += 60_000;
    const fresh = await codeFor("later@example.org");
    expect(mailTo("later@example.org")).toHaveLength(2);
    expect((await signUp(account("later", { code: fresh }))).status).toBe(201);
  });

  it("is mailed twenty times a day at most, ten from one address, and answered as if it had been each time", async () => {
    const email = "flooded@example.org";
    let newest = "";
    for (let request = 1; request <= 22; request++) {
      server().clock.now += 60_000;
      // From two networks, by turns: one alone gets ten.
      const from = { "x-forwarded-for": `203.0.113.${request % 2}` };
      const { status, body } = await requestCode(email, from);
      const { now } = server().clock;
      expect([status, body]).toEqual([202, { expiresAt: now + 600_000, resendAt: now + 60_000 }]);
      expect(mailTo(email)).toHaveLength(Math.min(request, 20));
      newest = /\d{6}/.exec(mailTo(email).at(-1)?.text ?? "")?.[0] ?? "";
    }
    expect((await signUp(account("flooded", { email, code: newest }))).status).toBe(201);
    server().clock.now += 24 * 3_600_000;
    await requestCode(email);
    expect(mailTo(email)).toHaveLength(21);
  });

  it("is answered alike for an address that has an account, whose owner gets another mail", async () => {
    const code = await codeFor("known@example.org");
    await signUp(account("known", { code }));
    server().clock.now += 60_000;
    const known = await requestCode("known@example.org");
    const unknown = await requestCode("unknown@example.org");
    expect(known.status).toBe(unknown.status);
    expect(known.body).toEqual(unknown.body);
    expect(mailTo("known@example.org").at(-1)?.text).toMatch(/has an account already/);
    expect(mailTo("known@example.org").at(-1)?.text).not.toMatch(/\d{6}/);
    expect(mailTo("unknown@example.org").at(-1)?.text).toMatch(/\d{6}/);
  });

  it("is mailed in the reader's language", async () => {
    await requestCode("korean@example.org", { "accept-language": "ko-KR,ko;q=0.9,en;q=0.8" });
    expect(mailTo("korean@example.org")[0]?.subject).toMatch(/인증 코드: \d{6}/);
  });
});

describe("a nickname", () => {
  const isAvailable = async (nickname: string) => {
    const query = encodeURIComponent(nickname);
    const path = `/api/auth/nickname-availability?nickname=${query}`;
    const { status, body } = await server().call("GET", path);
    return status === 200 ? body.available : body.code;
  };

  it("is available until somebody has it, without regard to case and to how Hangul was typed", async () => {
    expect(await isAvailable("Nick_가나")).toBe(true);
    const code = await codeFor("nick@example.org");
    await signUp(account("nick", { code, nickname: "Nick_가나" }));
    expect(await isAvailable("nICK_가나")).toBe(false);
    expect(await isAvailable("Nick_가나".normalize("NFD"))).toBe(false);
    expect(await isAvailable("nick_가다")).toBe(true);
    expect(await isAvailable("a")).toBe("bad_request");
  });

  it("goes to one of twenty who want it at once, in whatever case", async () => {
    const emails = Array.from({ length: 20 }, (_, i) => `wanted${i}@example.org`);
    const codes = await Promise.all(emails.map(codeFor));
    const answers = await Promise.all(
      emails.map((email, i) => {
        const nickname = i % 2 === 0 ? "Wanted" : "wANTED";
        return signUp(account("wanted", { email, nickname, code: codes[i] }));
      }),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array(19).fill(409)]);
  });
});
