import { createDatabase, type TestDatabase } from "@moim/local";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { z } from "zod";
import { migrate } from "../src/migrations.ts";
import { useProcesses } from "./launch.ts";

const { launch, serve } = useProcesses();
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(inject("postgresUrl"));
  await migrate(database.url);
});

afterAll(() => database.drop());

const minted = z.strictObject({
  userId: z.uuidv7(),
  nickname: z.string(),
  sessionId: z.uuidv7(),
  accessToken: z.string(),
  expiresAt: z.int(),
  refreshToken: z.string(),
});

async function mint(commandLine: string) {
  const environment = { DATABASE_URL: database.url };
  const { code, out, err } = await launch("mint", environment, commandLine.split(" ")).ended;
  expect([code, err]).toEqual([0, ""]);
  return out
    .split("\n")
    .filter(Boolean)
    .map((line) => minted.parse(JSON.parse(line)));
}

it("makes users whose tokens work, and finds the same users again", async () => {
  const before = Date.now();
  const commandLine = "-- --users 3 --prefix load- --ttl-seconds 7200";
  const first = await mint(commandLine);
  const second = await mint(commandLine);
  expect(first.map(({ nickname }) => nickname)).toEqual(["load-0", "load-1", "load-2"]);
  expect(second.map(({ userId }) => userId)).toEqual(first.map(({ userId }) => userId));
  expect(first[0]?.expiresAt).toBeGreaterThan(before + 7_190_000);

  const { url, stop } = await serve({ DATABASE_URL: database.url });
  for (const { accessToken, refreshToken, userId } of [...first, ...second]) {
    const headers = { authorization: `Bearer ${accessToken}` };
    const me = await fetch(`${url}/api/users/me`, { headers });
    expect(await me.json()).toMatchObject({ id: userId });
    const refreshed = await fetch(`${url}/api/auth/refresh`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ refreshToken, tokenTransport: "body" }),
    });
    expect(refreshed.status).toBe(200);
  }
  expect(await stop()).toBe(0);
});

it("makes five thousand at once, for none of them has a password to hash", async () => {
  const users = await mint("--users 5000 --prefix many --ttl-seconds 60");
  expect(new Set(users.map(({ refreshToken }) => refreshToken)).size).toBe(5_000);
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query(
    "SELECT count(*)::int AS made, count(password_hash)::int AS hashed FROM auth.users WHERE nickname LIKE 'many%'",
  );
  await client.end();
  expect(rows).toEqual([{ made: 5_000, hashed: 0 }]);
});

it("takes no nickname of a real user", async () => {
  const { url, stop } = await serve({ DATABASE_URL: database.url });
  const response = await fetch(`${url}/api/auth/sign-up`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...{ email: "real@example.org", password: "correct-horse-1" },
      ...{ nickname: "Real0", name: "Some One" },
    }),
  });
  expect([response.status, await stop()]).toEqual([201, 0]);
  const parameters = "--users 1 --prefix real --ttl-seconds 60".split(" ");
  const { code, out, err } = await launch("mint", { DATABASE_URL: database.url }, parameters).ended;
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(/^--prefix .*real0.*\n$/);
});
