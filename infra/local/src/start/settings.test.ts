import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readStartSettings } from "./settings.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moim-settings-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("without settings: port 8080, an embedded database, Redis if there is one", () => {
  expect(readStartSettings({ MOIM_DATA_FOLDER: folder })).toEqual({
    port: 8080,
    dataFolder: folder,
    hasDatabase: false,
    hasRedis: false,
  });
});

test("a database may be named by a file, as container secrets are", () => {
  const environment = { MOIM_DATA_FOLDER: folder, NODE_ENV: "production" };
  expect(readStartSettings({ ...environment, DATABASE_URL_FILE: "/secret" }).hasDatabase).toBe(
    true,
  );
  expect(() => readStartSettings(environment)).toThrow(/^DATABASE_URL is not set/);
});

test.each(["0", "65536", "80x", "-1", "1e3"])("MOIM_PORT=%s is refused by name", (port) => {
  expect(() => readStartSettings({ MOIM_DATA_FOLDER: folder, MOIM_PORT: port })).toThrow(
    /^MOIM_PORT must be a whole number from 1 to 65535/,
  );
});

test("reading makes nothing", () => {
  const data = join(folder, "never-made");
  expect(readStartSettings({ MOIM_DATA_FOLDER: data }).dataFolder).toBe(data);
  expect(existsSync(data)).toBe(false);
});
