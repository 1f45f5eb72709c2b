import { createHash } from "node:crypto";
import { startRedis } from "@moim/local";
import { connectRedis, createLogger } from "@moim/service";
import { describe, expect, it } from "vitest";
import { SharedCounts } from "../src/limits/shared-counts.ts";
import { networkOf } from "../src/limits/source.ts";
import { bearer, PASSWORD, startAuthServer, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

let lastNetwork = Date.now() % 1_000_000;
/** An address that nobody had before: counts stand in Redis longer than a test runs. */
function newAddress(): string {
  lastNetwork++;
  const parts = [lastNetwork >> 16, lastNetwork & 0xffff].map((part) => part.toString(16));
  return `2001:db8:${parts.join(":")}::1`;
}

type Sender = { remoteAddress?: string; headers?: Record<string, string> };

async function send(method: "GET" | "POST" | "PUT", url: string, body: object, sender: Sender) {
  const payload = method === "GET" ? {} : { payload: body };
  const response = await server().app.inject({ method, url, ...payload, ...sender });
  return { status: response.statusCode, headers: response.headers, body: response.body };
}

const guess = (email: string, sender: Sender, password = "wrong-horse-1") =>
  send("POST", "/api/auth/sign-in", { email, password }, sender);

/** A few at a time: what is counted does not depend on the order. */
async function fill(times: number, request: () => Promise<{ status: number }>) {
  const statuses: number[] = [];
  while (statuses.length < times) {
    const some = Array.from({ length: Math.min(20, times - statuses.length) }, request);
    statuses.push(...(await Promise.all(some)).map(({ status }) => status));
  }
  return statuses;
}

describe("a limit", () => {
  it.each([
    ["sign-in", 300, "POST", "/api/auth/sign-in"],
    ["sign-up", 300, "POST", "/api/auth/sign-up"],
    ["codes", 120, "POST", "/api/auth/verification-codes"],
    ["resets", 120, "POST", "/api/auth/password-resets"],
    ["refresh", 1_200, "POST", "/api/auth/refresh"],
    ["profiles", 1_200, "GET", "/api/users/me"],
    ["sessions", 1_200, "GET", "/api/auth/sessions"],
    ["nicknames", 1_200, "GET", "/api/auth/nickname-availability"],
  ] as const)("of its own stops a flood from one address: %s", async (_what, max, method, url) => {
    const flooder = { remoteAddress: newAddress() };
    const before = await fill(max, () => send(method, url, {}, flooder));
    expect(before).not.toContain(429);
    const { status, headers, body } = await send(method, url, {}, flooder);
    expect(status).toBe(429);
    expect(headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(body)).toMatchObject({ status: 429, code: "rate_limited" });
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(headers["retry-after"])).toBeLessThanOrEqual(60);
    const elsewhere = { remoteAddress: newAddress() };
    expect((await send(method, url, {}, elsewhere)).status).not.toBe(429);
    // What is limited apart is not used up with it.
    expect((await send("GET", "/.well-known/jwks.json", {}, flooder)).status).toBe(200);
    const other = url === "/api/auth/refresh" ? "sign-in" : "refresh";
    expect((await send("POST", `/api/auth/${other}`, {}, flooder)).status).not.toBe(429);
  });

  it("is not evaded by claiming to be somebody else's proxy", async () => {
    const remoteAddress = newAddress();
    const spoofed = () => ({ remoteAddress, headers: { "x-forwarded-for": newAddress() } });
    const url = "/api/auth/password-resets";
    expect(await fill(120, () => send("POST", url, {}, spoofed()))).not.toContain(429);
    expect((await send("POST", url, {}, spoofed())).status).toBe(429);
  });

  it("is not evaded behind our proxy by adding addresses to those that it adds", async () => {
    const client = newAddress();
    const behind = () => ({
      remoteAddress: "127.0.0.1",
      headers: { "x-forwarded-for": `${newAddress()}, ${client}` },
    });
    const url = "/api/auth/password-resets";
    expect(await fill(120, () => send("POST", url, {}, behind()))).not.toContain(429);
    expect((await send("POST", url, {}, behind())).status).toBe(429);
    const neighbour = { remoteAddress: "127.0.0.1", headers: { "x-forwarded-for": newAddress() } };
    expect((await send("POST", url, {}, neighbour)).status).toBe(400);
  });

  it("counts the addresses of one IPv6 network as one", async () => {
    const network = newAddress().replace(/::1$/, "");
    let host = 0;
    const inside = () => ({ remoteAddress: `${network}:${(host++).toString(16)}:2:3:4` });
    const url = "/api/auth/password-resets";
    expect(await fill(120, () => send("POST", url, {}, inside()))).not.toContain(429);
    expect((await send("POST", url, {}, inside())).status).toBe(429);
    expect((await send("POST", url, {}, { remoteAddress: newAddress() })).status).toBe(400);
  });

  it("counts users behind one address apart, where they show who they are", async () => {
    const { accessToken } = await server().signUp("crowded");
    const office = { remoteAddress: newAddress() };
    const me = (sender: Sender) => send("GET", "/api/users/me", {}, sender);
    await fill(1_200, () => me(office));
    expect((await me(office)).status).toBe(429);
    expect((await me({ ...office, headers: bearer(accessToken) })).status).toBe(200);
    expect((await me({ ...office, headers: bearer("made.up.token") })).status).toBe(429);
  });
});

describe("passwords of one account", () => {
  it("can be tried thirty times a minute from one address, which locks nobody else out", async () => {
    const { user } = await server().signUp("guessed");
    const attacker = { remoteAddress: newAddress() };
    expect(await fill(30, () => guess(user.email, attacker))).toEqual(Array(30).fill(401));
    const { status, headers } = await guess(user.email, attacker, PASSWORD);
    expect(status).toBe(429);
    expect(Number(headers["retry-after"])).toBeLessThanOrEqual(60);
    expect((await guess(user.email, { remoteAddress: newAddress() }, PASSWORD)).status).toBe(200);
    expect((await guess("other@example.org", attacker)).status).toBe(401);
  });

  it("cannot be tried any more by many addresses together, but the owner still comes in at home", async () => {
    await guess("anybody@example.org", { remoteAddress: newAddress() });
    const home = { remoteAddress: newAddress() };
    const body = { email: "besieged@example.org", password: PASSWORD };
    const account = { ...body, nickname: "besieged", name: "Some One" };
    expect((await send("POST", "/api/auth/sign-up", account, home)).status).toBe(201);
    // What 399 earlier guesses from everywhere left behind, without their hashing.
    const counts = new SharedCounts(server().redis, Date.now);
    const key = await keyOfAll(body.email);
    for (let i = 0; i < 400; i++) await counts.count(key, 3_600_000);
    const stranger = await guess(body.email, { remoteAddress: newAddress() }, PASSWORD);
    expect(stranger.status).toBe(429);
    expect(Number(stranger.headers["retry-after"])).toBeLessThanOrEqual(3_600);
    expect((await guess(body.email, home, PASSWORD)).status).toBe(200);
    // Nobody learns from it whether there is such an account.
    const nobody = await keyOfAll("unbesieged@example.org");
    for (let i = 0; i < 400; i++) await counts.count(nobody, 3_600_000);
    const unknown = await guess("unbesieged@example.org", { remoteAddress: newAddress() });
    expect(unknown.status).toBe(429);
  });

  it("are counted for all only as far as one address may try: one alone locks nobody out", async () => {
    const { user } = await server().signUp("alone");
    const attacker = { remoteAddress: newAddress() };
    const statuses = await fill(120, () => guess(user.email, attacker));
    expect(statuses.filter((status) => status === 401)).toHaveLength(30);
    const counts = new SharedCounts(server().redis, Date.now);
    const { current } = await counts.count(await keyOfAll(user.email), 3_600_000);
    expect(current).toBe(31);
  });
});

describe("the right password", () => {
  it("counts nowhere: who signs in often is not kept out, and one guess less is not left", async () => {
    const { user } = await server().signUp("often");
    const desk = { remoteAddress: newAddress() };
    const statuses = [];
    for (let i = 0; i < 35; i++) statuses.push((await guess(user.email, desk, PASSWORD)).status);
    expect(statuses).toEqual(Array(35).fill(200));
    expect(await fill(30, () => guess(user.email, desk))).toEqual(Array(30).fill(401));
    expect((await guess(user.email, desk)).status).toBe(429);
  });
});

describe("one password on many accounts", () => {
  const HOUR_MS = 3_600_000;
  /** What was tried from there within the hour, without its hashing. */
  async function triedBefore(times: number, { remoteAddress }: { remoteAddress: string }) {
    const counts = new SharedCounts(server().redis, Date.now);
    const key = `sign-in-wrong:${networkOf(remoteAddress)}`;
    for (let i = 0; i < times; i++) await counts.count(key, HOUR_MS);
  }

  it("can be tried six hundred times an hour from one address, which keeps out nobody who came in from there", async () => {
    const office = { remoteAddress: newAddress() };
    const account = { email: "at-work@example.org", password: PASSWORD, name: "Some One" };
    const atWork = { ...account, nickname: "at_work" };
    expect((await send("POST", "/api/auth/sign-up", atWork, office)).status).toBe(201);
    const { user: victim } = await server().signUp("sprayed");
    await triedBefore(590, office);
    let tried = 0;
    const spray = () => guess(`sprayed-${tried++}@example.org`, office);
    expect(await fill(10, spray)).toEqual(Array(10).fill(401));
    const { status, headers } = await spray();
    expect(status).toBe(429);
    expect(Number(headers["retry-after"])).toBeGreaterThan(60);
    // Not even when it is the right one, or it would be tried on.
    expect((await guess(victim.email, office, PASSWORD)).status).toBe(429);
    expect((await guess(victim.email, { remoteAddress: newAddress() }, PASSWORD)).status).toBe(200);
    expect((await guess(account.email, office, PASSWORD)).status).toBe(200);
  });

  it("is not counted when it is the right one: an office may come to work", async () => {
    const office = { remoteAddress: newAddress() };
    const { user } = await server().signUp("on_time");
    await triedBefore(598, office);
    for (let i = 0; i < 10; i++) {
      expect((await guess(user.email, office, PASSWORD)).status).toBe(200);
    }
    const statuses = await fill(3, () => guess("nobody-here@example.org", office));
    expect(statuses.sort()).toEqual([401, 401, 429]);
  });

  it("is counted by each process where there is no Redis", async () => {
    const clock = { now: 0 };
    const counts = new SharedCounts(undefined, () => clock.now);
    expect((await counts.count("k", HOUR_MS)).current).toBe(1);
    await counts.giveBack("k");
    expect((await counts.count("k", HOUR_MS)).current).toBe(1);
  });
});

/** Where guesses from all addresses at this account are counted. */
async function keyOfAll(email: string): Promise<string> {
  const [some = ""] = await server().redis.keys("moim:auth:rate:*sign-in-all:*");
  const digest = createHash("sha256").update(email).digest("base64url");
  return some.replace("moim:auth:rate:", "").replace(/[\w-]{43}$/, digest);
}

it("a session is refreshed a hundred and twenty times a minute at most, whatever its addresses", async () => {
  let { refreshToken } = await server().signUp("mad");
  const refresh = async () => {
    const body = { refreshToken, tokenTransport: "body" };
    const answer = await send("POST", "/api/auth/refresh", body, { remoteAddress: newAddress() });
    if (answer.status === 200) ({ refreshToken } = JSON.parse(answer.body));
    return answer;
  };
  for (let i = 0; i < 120; i++) expect((await refresh()).status).toBe(200);
  expect((await refresh()).status).toBe(429);
  const another = await server().signUp("sane");
  expect((await server().refresh(another.refreshToken)).status).toBe(200);
});

describe("without Redis", () => {
  it("limits hold in each process, and signing in goes on", async () => {
    const { server: lonely, close } = await startAuthServer();
    await lonely.signUp("lonely");
    lonely.redis.disconnect();
    const attacker = newAddress();
    const url = "/api/auth/sign-in";
    const attempt = (remoteAddress: string, password: string) => {
      const payload = { email: "lonely@example.org", password };
      return lonely.app.inject({ method: "POST", url, payload, remoteAddress });
    };
    const statuses = [];
    for (let i = 0; i < 31; i++) {
      statuses.push((await attempt(attacker, "wrong-horse-1")).statusCode);
    }
    const elsewhere = await attempt(newAddress(), PASSWORD);
    await close();
    expect(statuses).toEqual([...Array(30).fill(401), 429]);
    expect(elsewhere.statusCode).toBe(200);
  });

  it("that does not answer, a count takes a moment, the next ones none, and Redis is asked again", async () => {
    const redisServer = await startRedis();
    const logger = createLogger({ service: "auth" }, "silent");
    const redis = connectRedis(redisServer.url, "test", logger);
    await new Promise((ready) => redis.once("ready", ready));
    const clock = { now: 0 };
    const counts = new SharedCounts(redis, () => clock.now);
    try {
      expect((await counts.count("k", 60_000)).current).toBe(1);
      process.kill(redisServer.pid, "SIGSTOP");
      expect((await counts.count("k", 60_000)).current).toBe(1);
      const fallenBackAt = performance.now();
      for (let i = 2; i < 50; i++) expect((await counts.count("k", 60_000)).current).toBe(i);
      // Each that asked Redis would wait for a second.
      expect(performance.now() - fallenBackAt).toBeLessThan(20_000);
      process.kill(redisServer.pid, "SIGCONT");
      clock.now += 5_000;
      await expect.poll(() => redis.ping().catch(() => "")).toBe("PONG");
      expect((await counts.count("k", 60_000)).current).toBeLessThan(5);
    } finally {
      // Stopped, it would not hear that it shall end.
      process.kill(redisServer.pid, "SIGCONT");
      redis.disconnect();
      await redisServer.stop();
    }
  });
});

it("counts in Redis end, and say nothing of whom they are about", async () => {
  await server().signIn("counted-secretly@example.org", "wrong-horse-1");
  const keys = await server().redis.keys("moim:auth:rate:*");
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.join()).not.toContain("counted-secretly");
  for (const key of keys) expect(await server().redis.pttl(key)).not.toBe(-1);
});
