import { connectPostgres, createLogger, inTransaction } from "@moim/service";
import pg from "pg";
import { afterAll, beforeEach, expect, inject, test } from "vitest";

const lines: string[] = [];
const logger = createLogger({ service: "test" }, "info", { write: (line) => lines.push(line) });
const pool = connectPostgres({
  ...{ url: inject("postgresUrl"), applicationName: "moim-lost-and-found", connectionsMax: 2 },
  logger,
});
afterAll(() => pool.end());
beforeEach(() => lines.splice(0));

const told = () => lines.map((line) => String(JSON.parse(line).msg));
const ask = (text: string) => inTransaction(pool, (connection) => connection.query(text));

test("that the database answers again is told once, after its connections were lost", async () => {
  await ask("SELECT 1");
  const other = new pg.Client({ connectionString: inject("postgresUrl") });
  await other.connect();
  await other.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'moim-lost-and-found'",
  );
  await other.end();
  await expect.poll(told).toEqual(["database connection lost"]);
  await ask("SELECT 1");
  await Promise.all([ask("SELECT 1"), ask("SELECT pg_sleep(0.05)")]);
  expect(told()).toEqual(["database connection lost", "connected to the database again"]);
});

test("a statement that it gave up, or a place that was waited for in vain, is no loss", async () => {
  const tooLong = "SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)";
  await expect(ask(tooLong)).rejects.toMatchObject({ code: "unavailable" });
  const held = await Promise.all([pool.connect(), pool.connect()]);
  await expect(ask("SELECT 1")).rejects.toMatchObject({ code: "unavailable" });
  for (const connection of held) connection.release(true);
  await ask("SELECT 1");
  expect(told()).toEqual([]);
});
