import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase, startPostgres, startRedis } from "@moim/local";
import { Client } from "pg";
import { expect, inject, test } from "vitest";

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

test("each test file gets an empty database of its own", async () => {
  const one = await createDatabase(inject("postgresUrl"));
  const other = await createDatabase(inject("postgresUrl"));
  await query(one.url, "create table here (id int)");
  expect(await query(one.url, "select to_regclass('here') as found")).toEqual([{ found: "here" }]);
  expect(await query(other.url, "select to_regclass('here') as found")).toEqual([{ found: null }]);
  await Promise.all([one.drop(), other.drop()]);
  await expect(query(one.url, "select 1")).rejects.toThrow(/does not exist/);
});

test("clusters that are thrown away share nothing, though they begin as copies", async () => {
  const [one, other] = await Promise.all([startPostgres(), startPostgres()]);
  const later = await startPostgres();
  await query(one.url, "create table here (id int)");
  for (const { url } of [other, later]) {
    expect(await query(url, "select to_regclass('here') as found")).toEqual([{ found: null }]);
  }
  await Promise.all([one, other, later].map((postgres) => postgres.stop()));
});

async function keepsItsRows(dataDir: string): Promise<void> {
  const first = await startPostgres({ dataDir });
  await query(first.url, "create table kept (id int); insert into kept values (7)");
  expect(await query(first.url, "show fsync")).toEqual([{ fsync: "on" }]);
  first.process.kill("SIGKILL");
  await first.process.exited;
  const second = await startPostgres({ dataDir });
  expect(await query(second.url, "select id from kept")).toEqual([{ id: 7 }]);
  await second.stop();
}

test("a data folder keeps its rows when the server is killed and started again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moim-test-"));
  chmodSync(folder, 0o755);
  try {
    await keepsItsRows(join(folder, "postgres"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.runIf(process.getuid?.() === 0)("so does one below a folder only root can enter", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moim-test-"));
  const dataDir = join(folder, "postgres");
  chmodSync(folder, 0o700);
  try {
    await keepsItsRows(dataDir);
    expect(realpathSync(dataDir).startsWith("/var/lib/moim/")).toBe(true);
  } finally {
    rmSync(realpathSync(dataDir), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a taken port is one clear failure", async () => {
  const redis = await startRedis();
  await expect(startRedis({ port: redis.port })).rejects.toThrow(/^Redis did not start/);
  await expect(startPostgres({ port: redis.port })).rejects.toThrow(/^Postgres did not start/);
  await redis.stop();
});
