import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writableFolder } from "./writable-folder.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moim-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("every missing level is made, with the mode asked for", () => {
  const deep = join(folder, "a", "b", "c");
  expect(writableFolder(deep, "the folder", 0o700)).toBe(deep);
  expect(statSync(deep).isDirectory()).toBe(true);
  expect(statSync(join(folder, "a")).mode & 0o777).toBe(0o700);
});

test("one that exists is left as it is", () => {
  writeFileSync(join(folder, "kept"), "");
  expect(writableFolder(folder, "the folder")).toBe(folder);
  expect(existsSync(join(folder, "kept"))).toBe(true);
});

test("a file in its place, or above it, is refused by name", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(() => writableFolder(file, "the cache")).toThrow(
    `the cache ${file} cannot be written to (ENOTDIR)`,
  );
  expect(() => writableFolder(join(file, "below"), "the cache")).toThrow(/\(ENOTDIR\)$/);
});

test("a link that leads nowhere is refused", () => {
  const link = join(folder, "link");
  symlinkSync(join(folder, "nowhere"), link);
  expect(() => writableFolder(link, "the cache")).toThrow(/\(ENOENT\)$/);
});
