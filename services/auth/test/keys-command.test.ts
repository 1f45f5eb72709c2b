import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase, type TestDatabase } from "@moim/local";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { runKeysCommand } from "../src/keys/keys-command.ts";
import { makePrivateJwk } from "../src/keys/signing-key.ts";
import { migrate } from "../src/migrations.ts";
import { useProcesses } from "./launch.ts";

const { launch, serve } = useProcesses();
const folder = mkdtempSync(join(tmpdir(), "moim-keys-"));
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(inject("postgresUrl"));
  await migrate(database.url);
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

const keys = (commandLine: string, environment: Record<string, string> = {}) =>
  runKeysCommand(commandLine.split(" "), { DATABASE_URL: database.url, ...environment });

const kids = (lines: readonly string[]) => lines.map((line) => line.split(/ +/)[1]);

async function publishedBy(url: string): Promise<string[]> {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  const { keys: published } = (await response.json()) as { keys: { kid: string }[] };
  return published.map(({ kid }) => kid);
}

it("rotates the keys of the database, which a running service takes over by itself", async () => {
  const { url, stop } = await serve({ DATABASE_URL: database.url });
  const before = await keys("list");
  expect(before.map((line) => line.split(" ")[0])).toEqual(["current", "next"]);
  expect(await publishedBy(url)).toEqual(kids(before));
  const rotated = await launch("keys", { DATABASE_URL: database.url }, ["--", "rotate"]).ended;
  expect([rotated.code, rotated.err]).toEqual([0, ""]);
  const after = rotated.out.split("\n").filter(Boolean);
  expect(after.map((line) => line.split(" ")[0])).toEqual(["current", "next", "retired"]);
  expect(kids(after)[0]).toBe(kids(before)[1]);
  expect(kids(after)[2]).toBe(kids(before)[0]);
  expect(await keys("list")).toEqual(after);
  await expect.poll(() => publishedBy(url)).toEqual(kids(after));
  expect(await stop()).toBe(0);
});

it("rotates the keys of a file, readable by its owner alone, without printing a private one", async () => {
  const file = join(folder, "keys.json");
  const made = await keys(`make --out ${file}`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const environment = {
    SIGNING_KEYS_FILE: file,
    NODE_ENV: "production",
    EMAIL_VERIFICATION: "off",
  };
  const { url, stop } = await serve({ DATABASE_URL: database.url, ...environment });
  expect(await publishedBy(url)).toEqual(kids(made));
  const rotated = await keys(`rotate --out ${file}`, environment);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(kids(rotated)[0]).toBe(kids(made)[1]);
  await expect.poll(() => publishedBy(url)).toEqual(kids(rotated));
  expect(await stop()).toBe(0);
  const stored = JSON.parse(readFileSync(file, "utf8")) as { keys: { d: string }[] };
  expect(stored.keys).toHaveLength(3);
  for (const { d } of stored.keys) expect(rotated.join("")).not.toContain(d);
});

it("does not print private keys for want of a file", async () => {
  const SIGNING_KEYS = JSON.stringify({ keys: [await makePrivateJwk()] });
  await expect(keys("rotate", { SIGNING_KEYS })).rejects.toThrow(/^SIGNING_KEYS .*--out/);
  expect(await keys("list", { SIGNING_KEYS })).toHaveLength(1);
});

it("in production neither the service nor the command makes keys by itself", async () => {
  const environment = { NODE_ENV: "production", EMAIL_VERIFICATION: "off" };
  await expect(keys("rotate", environment)).rejects.toThrow(/^SIGNING_KEYS /);
  const all = { DATABASE_URL: database.url, ...environment };
  const { code, err } = await launch("main", all).ended;
  expect([code, err]).toEqual([1, expect.stringMatching(/^SIGNING_KEYS .+\n$/)]);
});
