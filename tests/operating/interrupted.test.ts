import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const INFRA = fileURLToPath(new URL("../../infra", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moim-interrupted-"));
  for (const name of ["postgres", "observability"]) {
    mkdirSync(join(folder, "infra", name), { recursive: true });
  }
  for (const name of ["backup", "init-env"]) cpSync(join(INFRA, name), join(folder, "infra", name));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that says that it runs, and takes its time. */
function slow(name: string, says: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${says}\ntouch "${folder}/runs"\nexec sleep 60\n`);
  chmodSync(join(folder, name), 0o755);
}

/** Runs it until the slow program does, and has both told to end, as a terminal, cron or a reboot does. */
async function interrupted(script: string, ...parameters: string[]): Promise<number | null> {
  const PATH = `${folder}:${process.env.PATH}`;
  const options = { cwd: folder, env: { ...process.env, PATH }, detached: true } as const;
  const child = spawn("sh", [`infra/${script}`, ...parameters], { ...options, stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await expect.poll(() => existsSync(join(folder, "runs"))).toBe(true);
  if (child.pid === undefined) throw new Error("not started");
  process.kill(-child.pid, "SIGTERM");
  const code = await ended;
  rmSync(join(folder, "runs"));
  return code;
}

it("a backup that is interrupted leaves no half of one behind", async () => {
  slow("docker", "echo half of it");
  expect(await interrupted("backup", "moim.dump")).toBe(130);
  expect(readdirSync(folder).filter((name) => name.includes("dump"))).toEqual([]);
});

it.each([
  ["", ""],
  [" in files", "", "--secret-files"],
  [" in files that are in their place", 'exec /bin/mv "$@"', "--secret-files"],
])("secrets%s that are interrupted while being made are nowhere", async (_, files, ...how) => {
  slow("mktemp", "mkdir .init-env.begun && echo .init-env.begun && exit 0");
  // The last things that it asks another program for: to move the parts to where they go.
  slow("mv", `case $2 in secrets) ${files} ;; esac`);
  const before = readdirSync(folder);
  expect(await interrupted("init-env", ...how)).toBe(130);
  expect(readdirSync(folder)).toEqual(before);
});
