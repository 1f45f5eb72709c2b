import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const SCRIPTS = resolve(import.meta.dirname, "..", "..", ".ci");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moim-ci-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script with a package manager that says what it was asked and counts two; `failing` ends it with 1. */
function run(
  script: string,
  failing = "nothing",
  more: { names?: string[]; sizes?: NodeJS.ProcessEnv } = {},
): { code: number | null; lines: string[] } {
  const npx = join(folder, "npx");
  const answer = `case "$3" in ${failing}) exit 1 ;; bench) ;; *) echo "2 passed, 0 failed" ;; esac`;
  writeFileSync(npx, `#!/bin/sh\necho "asked: $*"\n${answer}\n`);
  chmodSync(npx, 0o755);
  const PATH = `${folder}${delimiter}${process.env.PATH}`;
  const { SOAK: _soak, INPUTS: _inputs, ...environment } = process.env;
  const ended = spawnSync(join(SCRIPTS, script), more.names ?? [], {
    encoding: "utf8",
    env: { ...environment, PATH, SEED: "7", ...more.sizes },
  });
  return { code: ended.status, lines: ended.stdout.trimEnd().split("\n") };
}

const asked = (lines: readonly string[]) =>
  lines
    .filter((line) => line.startsWith("asked"))
    .map((line) => line.split(" ").slice(3).join(" "));

describe("what every change must pass", () => {
  const PARTS = ["test", "test:faults", "test:compose --where-possible"];

  test("is run in order and added up", () => {
    const { code, lines } = run("run");
    expect(asked(lines)).toEqual(PARTS);
    expect(lines.at(-1)).toBe("6 passed, 0 failed");
    expect(code).toBe(0);
  });

  test("ends at the first part that fails, which counts even if it counted nothing", () => {
    const { code, lines } = run("run", "test:faults");
    expect(asked(lines)).toEqual(PARTS.slice(0, 2));
    expect(lines.at(-1)).toBe("2 passed, 1 failed");
    expect(code).toBe(1);
  });
});

describe("what is for the night", () => {
  const PARTS = [
    "test:faults --long --seed 7",
    "test:faults --soak 30m --seed 7",
    "fuzz --inputs 10000 --seed 7",
    "test:compose --long",
    "bench",
  ];

  test("is run whole and added up; the bench counts nothing unless it fails", () => {
    const { code, lines } = run("nightly");
    expect(asked(lines)).toEqual(PARTS);
    expect(lines.at(-1)).toBe("8 passed, 0 failed");
    expect(code).toBe(0);
  });

  test("goes on when a part fails, and fails in the end", () => {
    const { code, lines } = run("nightly", "fuzz");
    expect(asked(lines)).toEqual(PARTS);
    expect(lines.at(-1)).toBe("6 passed, 1 failed");
    expect(code).toBe(1);
    expect(run("nightly", "bench")).toMatchObject({ code: 1 });
  });

  test("is run in part and at other sizes where that is asked for", () => {
    const sizes = { SOAK: "8h", INPUTS: "50" };
    const { code, lines } = run("nightly", "fuzz", { names: ["fuzz", "soak"], sizes });
    expect(asked(lines)).toEqual(["fuzz --inputs 50 --seed 7", "test:faults --soak 8h --seed 7"]);
    expect([lines.at(-1), code]).toEqual(["2 passed, 1 failed", 1]);
    const unknown = run("nightly", "nothing", { names: ["soak", "everything"] });
    expect(asked(unknown.lines)).toEqual([]);
    expect(unknown.code).toBe(2);
  });
});
