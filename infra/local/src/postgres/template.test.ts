import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ClusterTemplate } from "./template.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moim-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function cluster(name: string, password: string): string {
  const cluster = join(folder, name);
  mkdirSync(join(cluster, "data"), { recursive: true, mode: 0o700 });
  writeFileSync(join(cluster, "data", "PG_VERSION"), "18");
  writeFileSync(join(cluster, "password"), password, { mode: 0o600 });
  return cluster;
}

function templateOf(...made: string[]): ClusterTemplate {
  return new ClusterTemplate(made, join(folder, "templates"));
}

function emptyFolder(name: string): string {
  return mkdtempSync(join(folder, name));
}

test("a cluster begins as a copy of the first that was kept, as private as that", () => {
  templateOf("18").keep(cluster("first", "secret"));
  templateOf("18").keep(cluster("second", "other"));
  const copy = emptyFolder("copy");
  templateOf("18").copyTo(copy);
  expect(readFileSync(join(copy, "data", "PG_VERSION"), "utf8")).toBe("18");
  expect(readFileSync(join(copy, "password"), "utf8")).toBe("secret");
  expect(statSync(join(copy, "data")).mode & 0o777).toBe(0o700);
  expect(statSync(join(copy, "password")).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, "templates"))).toHaveLength(1);
});

test("nothing is copied where none was kept, or only one that was made otherwise", () => {
  templateOf("17").keep(cluster("older", "secret"));
  const copy = emptyFolder("copy");
  templateOf("18").copyTo(copy);
  expect(readdirSync(copy)).toEqual([]);
});
