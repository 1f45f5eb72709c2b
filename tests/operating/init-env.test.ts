import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const INIT_ENV = fileURLToPath(new URL("../../infra/init-env", import.meta.url));
/** What containers mount, as a checkout with umask 077 has it. */
const MOUNTED = [
  ["infra/postgres", 0o700],
  ["infra/postgres/roles.sh", 0o700],
  ["infra/observability/rules", 0o700],
  ["infra/observability/rules/alerts.yml", 0o600],
] as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moim-init-env-"));
  for (const [path, mode] of MOUNTED) {
    if (/\.\w+$/.test(path)) writeFileSync(join(folder, path), "", { mode });
    else mkdirSync(join(folder, path), { mode, recursive: true });
  }
  cpSync(INIT_ENV, join(folder, "infra/init-env"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** `first`: where programs are looked for before they are where they always are. */
function initEnv(first: string): { status: number | null; said: string } {
  const env = { ...process.env, PATH: `${first}:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync("sh", ["infra/init-env"], {
    ...{ cwd: folder, env, encoding: "utf8" },
  });
  return { status, said: `${stdout}${stderr}` };
}

const modeOf = (path: string) => (statSync(join(folder, path)).mode & 0o777).toString(8);

it("what containers read as it is can be read by their users, and the secrets by nobody else", () => {
  expect(initEnv("/usr/bin").status).toBe(0);
  expect(MOUNTED.map(([path]) => modeOf(path))).toEqual(["755", "755", "755", "644"]);
  expect(modeOf(".env")).toBe("600");
});

it("where that is for somebody else to say, it says so, and makes nothing that a second run would refuse", () => {
  const before = readdirSync(folder);
  const bin = mkdtempSync(join(tmpdir(), "moim-no-chmod-"));
  writeFileSync(join(bin, "chmod"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const { status, said } = initEnv(bin);
  rmSync(bin, { recursive: true });
  expect(status).toBe(1);
  expect(said).toMatch(/^init-env: every user must be able to read .*\n$/);
  expect(readdirSync(folder)).toEqual(before);
  expect(initEnv("/usr/bin").said).toMatch(/^init-env: wrote .*\.env for /);
});
