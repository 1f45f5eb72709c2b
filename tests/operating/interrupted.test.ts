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
  mkdirSync(join(folder, "infra"));
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
  await expect.poll(() => existsSync(join(folder, "runs")), { timeout: 10_000 }).toBe(true);
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

it("secrets that are interrupted while being made are nowhere", async () => {
  slow("mktemp", `mkdir .init-env.begun && echo .init-env.begun && exit 0`);
  // The last thing that it asks another program for is where the parts go; the next is to move them there.
  slow("mv", "");
  expect(await interrupted("init-env")).toBe(130);
  expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
});
