import { createDatabase } from "@moim/local";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import { Command } from "./command.ts";

test("a database may be brought up to date from many places at once", async () => {
  const database = await createDatabase(inject("postgresUrl"));
  const environment = { DATABASE_URL: database.url };
  const commands = Array.from({ length: 3 }, () => new Command("migrate", environment));
  for (const ended of await Promise.all(commands.map((command) => command.ended))) {
    expect(ended).toMatchObject({ code: 0, complaints: "" });
  }
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const found = await client.query(
    "select distinct schemaname from pg_tables where schemaname in ('auth', 'chat') order by 1",
  );
  await client.end();
  expect(found.rows).toEqual([{ schemaname: "auth" }, { schemaname: "chat" }]);
  await database.drop();
});

test("without a database to bring up to date it says so in one line", async () => {
  const { code, output, complaints } = await new Command("migrate", {}).ended;
  expect(code).toBe(1);
  expect(output).toBe("");
  expect(complaints).toMatch(/^moim: DATABASE_URL is not set: .*\n$/);
});
