import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TcpProxy } from "@moim/local";
import { migrateDatabase } from "@moim/service";
import pg from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startWorld, type World } from "./support/nodes.ts";

let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld({ nodes: 0 });
  folder = await mkdtemp(join(tmpdir(), "moim-migrations-"));
  await world.pool.query("CREATE TABLE public.busy (id int)");
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

/** A folder as drizzle-kit leaves it. */
async function writeMigration(sql: string): Promise<void> {
  const entries = [{ idx: 0, version: "7", when: 1, tag: "0000_only", breakpoints: true }];
  await mkdir(join(folder, "meta"), { recursive: true });
  await writeFile(join(folder, "meta/_journal.json"), JSON.stringify({ entries }));
  await writeFile(join(folder, "0000_only.sql"), sql);
}

it("gives way to those who write while a backup holds the table, and is done after it", async () => {
  await writeMigration("ALTER TABLE public.busy ADD COLUMN name text;");
  const backup = await world.pool.connect();
  await backup.query("BEGIN");
  await backup.query("LOCK TABLE public.busy IN ACCESS SHARE MODE");

  const migrating = migrateDatabase({
    url: world.databaseUrl,
    folder,
    schema: "busy",
    retryMs: 200,
  });
  await expect.poll(waitingForTable).toBe(1);
  // Stands behind the migration, which stands behind the backup: the backup is not over before it.
  await world.pool.query("INSERT INTO public.busy (id) VALUES (1)");

  await backup.query("COMMIT");
  backup.release();
  await migrating;
  expect((await world.pool.query("SELECT id, name FROM public.busy")).rows).toEqual([
    { id: 1, name: null },
  ]);
});

it("is done whole or not at all, once, and Postgres has nothing to say to it", async () => {
  const told = vi.spyOn(pg.Client.prototype, "emit");
  const migrating = () => migrateDatabase({ url: world.databaseUrl, folder, schema: "whole" });
  const half = "CREATE TABLE public.whole (id int);--> statement-breakpoint\n";
  await writeMigration(`${half}CREATE TABLE public.whole (id int);`);
  await expect(migrating()).rejects.toThrow("already exists");
  const { rows } = await world.pool.query("SELECT to_regclass('public.whole') AS name");
  expect(rows).toEqual([{ name: null }]);

  await writeMigration(`${half}INSERT INTO public.whole VALUES (1);`);
  await migrating();
  await migrating();
  expect((await world.pool.query("SELECT * FROM public.whole")).rows).toEqual([{ id: 1 }]);
  const warnings = told.mock.calls
    .filter(([event]) => event === "notice")
    .map(([, notice]) => notice)
    .filter(({ severity }) => severity === "WARNING");
  told.mockRestore();
  expect(warnings).toEqual([]);
});

async function waitingForTable(): Promise<number> {
  const { rows } = await world.pool.query<{ count: number }>(
    "SELECT count(*)::int FROM pg_locks WHERE relation = 'public.busy'::regclass AND NOT granted",
  );
  return rows[0]?.count ?? 0;
}

it("a node does not start on the schema of an older version, and does on that of a newer one", async () => {
  const { rows } = await world.pool.query(
    `DELETE FROM chat.migrations WHERE created_at = (SELECT max(created_at) FROM chat.migrations)
     RETURNING hash, created_at`,
  );
  await expect(world.addNode()).rejects.toThrow(
    "DATABASE_URL names a database of an older version: migrate it first (pnpm migrate)",
  );
  const newer = Number(rows[0]?.created_at) + 1;
  await world.pool.query("INSERT INTO chat.migrations (hash, created_at) VALUES ('newer', $1)", [
    newer,
  ]);
  await world.addNode();
});

it("ends with what went wrong when the database goes away meanwhile", async () => {
  await writeMigration("SELECT pg_sleep(5);");
  const proxy = await TcpProxy.start(world.databaseUrl);
  const migrating = migrateDatabase({
    url: proxy.through(world.databaseUrl),
    folder,
    schema: "dying",
  });
  // An `error` event that nobody hears would end the process instead.
  const rejected = expect(migrating).rejects.toThrow();
  await expect.poll(sleeping).toBe(1);
  proxy.cut();
  await rejected;
  // The end of the connection may be told after the failure of the query.
  await new Promise((resolve) => setTimeout(resolve, 200));
  await proxy.stop();
});

async function sleeping(): Promise<number> {
  const { rows } = await world.pool.query(
    `SELECT FROM pg_stat_activity
     WHERE application_name = 'moim-migrate' AND query LIKE 'SELECT pg_sleep%'`,
  );
  return rows.length;
}
