import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
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
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

/** Its real containers are replaced in tests/compose; here an engine that can be held at any step. */
const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const BEFORE = ["000000000001", "000000000002"];
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

let folder: string;
const running: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moim-rolling-"));
  for (const below of ["infra/postgres", "infra/observability", "bin", "containers"]) {
    mkdirSync(join(folder, below), { recursive: true });
  }
  writeFileSync(join(folder, "docker-compose.yml"), "services: {}\n");
  copyFileSync(join(CHECKOUT, "infra/rolling-restart"), join(folder, "infra/rolling-restart"));
  copyFileSync(join(CHECKOUT, "tests/rolling-restart/docker.sh"), join(folder, "bin/docker"));
  writeFileSync(join(folder, "bin/sleep"), "#!/bin/sh\nexec /bin/sleep 0.02\n");
  for (const program of ["docker", "sleep"]) chmodSync(join(folder, "bin", program), 0o755);
  for (const container of BEFORE) {
    mkdirSync(join(folder, "containers", container));
    writeFileSync(join(folder, "containers", container, "service"), "chat\n");
  }
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) signalGroup(child, "SIGKILL");
  }
  rmSync(folder, { recursive: true, force: true });
});

type Run = { child: ChildProcess; ended: Promise<{ code: number | null; output: string }> };

/** In a process group of its own, as a terminal starts it. */
function rollingRestart(): Run {
  const child = spawn("./infra/rolling-restart", ["chat"], {
    cwd: folder,
    detached: true,
    env: { ...process.env, PATH: `${folder}/bin:${process.env.PATH}`, ENGINE: folder },
  });
  running.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (data: Buffer) => {
      output += data.toString();
    });
  }
  return { child, ended: once(child, "close").then(([code]) => ({ code, output })) };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) throw new Error("not started");
  process.kill(-pid, signal);
}

const containers = () => readdirSync(join(folder, "containers")).sort();
const commands = () => readFileSync(join(folder, "commands"), "utf8").split("\n");
const hold = (step: string) => writeFileSync(join(folder, `hold-${step}`), "");
const release = (step: string) => rmSync(join(folder, `hold-${step}`));
const isHeld = (step: string) =>
  expect.poll(() => existsSync(join(folder, `held-${step}`))).toBe(true);

test("each container is replaced by a new one", async () => {
  expect(await rollingRestart().ended).toMatchObject({ code: 0 });
  expect(containers()).toHaveLength(2);
  for (const container of containers()) expect(BEFORE).not.toContain(container);
});

test("what containers read as it is can be read by their users, whatever the umask was at the upgrade", async () => {
  const rules = join(folder, "infra/observability/alerts.yml");
  writeFileSync(rules, "", { mode: 0o600 });
  expect(await rollingRestart().ended).toMatchObject({ code: 0 });
  expect((statSync(rules).mode & 0o777).toString(8)).toBe("644");
});

test("where that is for somebody else to say, nothing is replaced", async () => {
  writeFileSync(join(folder, "infra/postgres/roles.sh"), "", { mode: 0o600 });
  writeFileSync(join(folder, "bin/chmod"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const { code, output } = await rollingRestart().ended;
  expect(code).toBe(1);
  expect(output).toMatch(/^rolling-restart: every user must be able to read .*\n$/);
  expect(containers()).toEqual(BEFORE);
});

test.each(SIGNALS)(
  "%s while the successor is being started: it goes, the old ones stay",
  async (signal) => {
    hold("up");
    const { child, ended } = rollingRestart();
    await isHeld("up");
    expect(containers()).toHaveLength(3);
    signalGroup(child, signal);
    expect((await ended).code).not.toBe(0);
    expect(containers()).toEqual(BEFORE);
  },
);

test.each(SIGNALS)(
  "%s while the successor gets healthy: it is drained and goes",
  async (signal) => {
    hold("health");
    const { child, ended } = rollingRestart();
    await isHeld("health");
    const [successor] = containers().filter((container) => !BEFORE.includes(container));
    signalGroup(child, signal);
    expect(await ended).toMatchObject({ code: 130 });
    expect(containers()).toEqual(BEFORE);
    expect(commands()).toContain(`stop ${successor}`);
  },
);

test("a signal to the script alone is heard as well", async () => {
  hold("health");
  const { child, ended } = rollingRestart();
  await isHeld("health");
  child.kill("SIGTERM");
  expect(await ended).toMatchObject({ code: 130 });
  expect(containers()).toEqual(BEFORE);
});

test("interrupted while a predecessor leaves: it leaves, its successor stays, the rest is as it was", async () => {
  hold("stop");
  const { child, ended } = rollingRestart();
  await isHeld("stop");
  signalGroup(child, "SIGINT");
  release("stop");
  expect(await ended).toMatchObject({ code: 130 });
  expect(containers()).toHaveLength(2);
  expect(containers()).toContain(BEFORE[1]);
  expect(containers()).not.toContain(BEFORE[0]);
});

test("of two at the same time the second one is refused, and touches nothing", async () => {
  hold("health");
  const first = rollingRestart();
  await isHeld("health");
  const second = await rollingRestart().ended;
  expect(second).toEqual({ code: 1, output: "rolling-restart: another one is under way\n" });
  expect(containers()).toHaveLength(3);
  release("health");
  expect(await first.ended).toMatchObject({ code: 0 });
  expect(containers()).toHaveLength(2);
});

test("more containers than are configured are kept, and said", async () => {
  mkdirSync(join(folder, "containers/000000000003"));
  writeFileSync(join(folder, "containers/000000000003/service"), "chat\n");
  const { code, output } = await rollingRestart().ended;
  expect(code).toBe(0);
  expect(output).toContain("rolling-restart: chat: 3 run, which is kept; configured are 2\n");
  expect(containers()).toHaveLength(3);
});
