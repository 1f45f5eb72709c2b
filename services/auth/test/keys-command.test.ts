import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase, type TestDatabase } from "@moim/local";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
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

async function keys(commandLine: string, environment: Record<string, string> = {}) {
  const all = { DATABASE_URL: database.url, ...environment };
  const { code, out, err } = await launch("keys", all, commandLine.split(" ")).ended;
  return { code, err, lines: out.split("\n").filter(Boolean) };
}

const kids = (lines: readonly string[]) => lines.map((line) => line.split(/ +/)[1]);

async function publishedBy(url: string): Promise<string[]> {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  const { keys: published } = (await response.json()) as { keys: { kid: string }[] };
  return published.map(({ kid }) => kid);
}

it("rotates the keys of the database, which a running service takes over by itself", async () => {
  const { url, stop } = await serve({ DATABASE_URL: database.url });
  const before = await keys("list");
  expect(before.lines.map((line) => line.split(" ")[0])).toEqual(["current", "next"]);
  expect(await publishedBy(url)).toEqual(kids(before.lines));
  const after = await keys("-- rotate");
  expect([after.code, after.err]).toEqual([0, ""]);
  expect(after.lines.map((line) => line.split(" ")[0])).toEqual(["current", "next", "retired"]);
  expect(kids(after.lines)[0]).toBe(kids(before.lines)[1]);
  expect(kids(after.lines)[2]).toBe(kids(before.lines)[0]);
  expect((await keys("list")).lines).toEqual(after.lines);
  await expect.poll(() => publishedBy(url), { timeout: 15_000 }).toEqual(kids(after.lines));
  expect(await stop()).toBe(0);
});

it("rotates the keys of a file, readable by its owner alone, without printing a private one", async () => {
  const file = join(folder, "keys.json");
  const made = await keys(`make --out ${file}`);
  expect([made.code, statSync(file).mode & 0o777]).toEqual([0, 0o600]);
  const environment = {
    SIGNING_KEYS_FILE: file,
    NODE_ENV: "production",
    EMAIL_VERIFICATION: "off",
  };
  const { url, stop } = await serve({ DATABASE_URL: database.url, ...environment });
  expect(await publishedBy(url)).toEqual(kids(made.lines));
  const rotated = await keys(`rotate --out ${file}`, environment);
  expect([rotated.code, statSync(file).mode & 0o777]).toEqual([0, 0o600]);
  expect(kids(rotated.lines)[0]).toBe(kids(made.lines)[1]);
  await expect.poll(() => publishedBy(url), { timeout: 15_000 }).toEqual(kids(rotated.lines));
  expect(await stop()).toBe(0);
  const stored = JSON.parse(readFileSync(file, "utf8")) as { keys: { d: string }[] };
  expect(stored.keys).toHaveLength(3);
  for (const { d } of stored.keys) expect(rotated.lines.join("")).not.toContain(d);
});

it("does not print private keys for want of a file", async () => {
  const jwk = await makePrivateJwk();
  const SIGNING_KEYS = JSON.stringify({ keys: [jwk] });
  const { code, err, lines } = await keys("rotate", { SIGNING_KEYS });
  expect([code, err, lines]).toEqual([1, expect.stringMatching(/^SIGNING_KEYS .*--out.*\n$/), []]);
  expect((await keys("list", { SIGNING_KEYS })).lines).toHaveLength(1);
});

it("in production neither the service nor the command makes keys by itself", async () => {
  const environment = { NODE_ENV: "production", EMAIL_VERIFICATION: "off" };
  for (const program of ["main", "keys"]) {
    const all = { DATABASE_URL: database.url, ...environment };
    const { code, err } = await launch(program, all, ["rotate"]).ended;
    expect([code, err]).toEqual([1, expect.stringMatching(/^SIGNING_KEYS .+\n$/)]);
  }
});
