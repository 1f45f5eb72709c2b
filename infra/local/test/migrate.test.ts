import { build, createDatabase, startMigratedPostgres } from "@moim/local";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import { Command } from "./command.ts";

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Everything that migrating makes: what there is, and which migrations were applied. */
async function madeIn(url: string): Promise<unknown[][]> {
  return Promise.all([
    query(
      url,
      `select table_schema, table_name, column_name, data_type, is_nullable, column_default
         from information_schema.columns where table_schema in ('auth', 'chat') order by 1, 2, 3`,
    ),
    query(url, "select indexdef from pg_indexes where schemaname in ('auth', 'chat') order by 1"),
    query(
      url,
      `select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint
        where connamespace in ('auth'::regnamespace, 'chat'::regnamespace) order by 1, 2`,
    ),
    query(url, "select extname from pg_extension order by 1"),
    query(url, "select id, hash, created_at from auth.migrations order by 1"),
    query(url, "select id, hash, created_at from chat.migrations order by 1"),
  ]);
}

test("a database may be brought up to date from many places at once", async () => {
  const database = await createDatabase(inject("postgresUrl"));
  const environment = { DATABASE_URL: database.url };
  const commands = Array.from({ length: 3 }, () => new Command("migrate", environment));
  for (const ended of await Promise.all(commands.map((command) => command.ended))) {
    expect(ended).toMatchObject({ code: 0, complaints: "" });
  }
  const found = await query(
    database.url,
    "select distinct schemaname from pg_tables where schemaname in ('auth', 'chat') order by 1",
  );
  expect(found).toEqual([{ schemaname: "auth" }, { schemaname: "chat" }]);
  await database.drop();
});

test("a database that begins up to date is what migrating makes of an empty one, each its own", async () => {
  await build();
  const [one, other] = await Promise.all([startMigratedPostgres(), startMigratedPostgres()]);
  const database = await createDatabase(inject("postgresUrl"));
  const { code } = await new Command("migrate", { DATABASE_URL: database.url }).ended;
  expect(code).toBe(0);
  const made = await madeIn(database.url);
  for (const kind of made) expect(kind).not.toEqual([]);
  expect(await madeIn(one.url)).toEqual(made);
  await query(one.url, "drop schema chat cascade");
  expect(await madeIn(other.url)).toEqual(made);
  await Promise.all([one.stop(), other.stop(), database.drop()]);
});

test("without a database to bring up to date it says so in one line", async () => {
  const { code, output, complaints } = await new Command("migrate", {}).ended;
  expect(code).toBe(1);
  expect(output).toBe("");
  expect(complaints).toMatch(/^moim: DATABASE_URL is not set: .*\n$/);
});
