import { createDatabase, type TestDatabase } from "@moim/local";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { z } from "zod";
import { migrate } from "../src/migrations.ts";
import { mintUsers } from "../src/minting/mint-users.ts";
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

/** Of the database, by whomever; those of a program that has ended are counted once its connections have gone. */
async function transactions(client: pg.Client): Promise<number> {
  const connections = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'moim-mint'";
  await expect.poll(async () => (await client.query(connections)).rowCount).toBe(0);
  const { rows } = await client.query<{ count: number }>(
    "SELECT xact_commit::int AS count FROM pg_stat_database WHERE datname = current_database()",
  );
  return rows[0]?.count ?? Number.NaN;
}

// That five thousand take less than half a minute is not timed here: what a busy machine makes of it says nothing.
// What would make it long is work for each: a hash, a transaction, a statement.
it("makes five thousand in a few transactions, for none of them has a password to hash", async () => {
  const client = new pg.Client(database.url);
  await client.connect();
  const before = await transactions(client);
  const users = await mint("--users 5000 --prefix many --ttl-seconds 60");
  expect((await transactions(client)) - before).toBeLessThan(100);
  expect(new Set(users.map(({ refreshToken }) => refreshToken)).size).toBe(5_000);
  const { rows } = await client.query(
    "SELECT count(*)::int AS made, count(password_hash)::int AS hashed FROM auth.users WHERE nickname LIKE 'many%'",
  );
  await client.end();
  expect(rows).toEqual([{ made: 5_000, hashed: 0 }]);
});

it("makes a thousand with as many statements as one", async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const lifetime = { accessExpiresAt: () => Date.now(), refreshExpiresAt: () => Date.now() };
  const statementsFor = async (prefix: string, count: number) => {
    const nicknames = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    const queries = vi.spyOn(pg.Client.prototype, "query");
    await mintUsers(pool, nicknames, lifetime, Date.now());
    const statements = queries.mock.calls.length;
    queries.mockRestore();
    return statements;
  };
  await statementsFor("first", 1);
  const forOne = await statementsFor("one", 1);
  expect(forOne).toBeGreaterThan(3);
  expect(await statementsFor("thousand", 1_000)).toBe(forOne);
  await pool.end();
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
