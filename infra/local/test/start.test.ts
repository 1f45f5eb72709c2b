import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, freePort } from "@moim/local";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CHECKOUT } from "../src/checkout.ts";
import { openChat, signIn, signUp, statusOf } from "./browser-side.ts";
import { type Child, Command, gone } from "./command.ts";

const START_TIMEOUT_MS = 90_000;
const READY = "Moim is ready";

let folder = "";
let port = 0;
let url = "";
let commands: Command[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "moim-test-"));
  chmodSync(folder, 0o755);
  port = await freePort();
  url = `http://localhost:${port}`;
  commands = [];
});

afterEach(async () => {
  await Promise.all(commands.map((command) => command.stop("SIGKILL")));
  rmSync(folder, { recursive: true, force: true });
});

function start(environment: NodeJS.ProcessEnv = {}): Command {
  const data = join(folder, "data");
  const command = new Command("start", {
    MOIM_PORT: String(port),
    MOIM_DATA_FOLDER: data,
    ...environment,
  });
  commands.push(command);
  return command;
}

/** Programs that a start may use, and no Redis unless one is given as a script. */
function pathWithout(redisScript?: string): string {
  const programs = join(folder, "programs");
  mkdirSync(programs);
  for (const name of ["sh", "sleep", "rm", "test", "id", "locale"]) {
    const program = findProgram(name);
    if (program) symlinkSync(program, join(programs, name));
  }
  if (redisScript) writeFileSync(join(programs, "redis-server"), redisScript, { mode: 0o755 });
  return programs;
}

async function expectNothingLeft(children: readonly Child[]): Promise<void> {
  expect(children.length).toBeGreaterThan(0);
  expect(await gone(children, 20_000)).toEqual([]);
  expect(await statusOf(url)).toBeUndefined();
}

test("what one start has stored, the next one has; an orderly stop leaves nothing running", {
  timeout: START_TIMEOUT_MS,
}, async () => {
  const first = start();
  await first.says(READY);
  expect(await statusOf(`${url}/`)).toBe(200);
  expect(await statusOf(`${url}/any/page/of/the/app`)).toBe(200);
  expect(await statusOf(`${url}/assets/none.js`)).toBe(404);
  expect(await signUp(url, "first")).toBe(201);
  expect(await openChat(url)).toContain('"pingInterval"');
  const children = first.children();
  expect(children.filter(({ command }) => command.includes("dist/main.js"))).toHaveLength(3);
  const { code, output } = await first.stop("SIGTERM");
  expect(code).toBe(0);
  expect(output.trimEnd().split("\n").at(-1)).toBe("Stopped.");
  await expectNothingLeft(children);

  const second = start();
  await second.says(READY);
  expect(await signIn(url, "first")).toBe(200);
  expect((await second.stop("SIGINT")).code).toBe(0);
});

test("after a kill of the whole command the next start takes over, and nothing is lost", {
  timeout: START_TIMEOUT_MS,
}, async () => {
  const killed = start();
  await killed.says(READY);
  expect(await signUp(url, "killed")).toBe(201);
  const children = killed.children();
  await killed.stop("SIGKILL");
  const next = start();
  await next.says(READY);
  expect(await signIn(url, "killed")).toBe(200);
  expect(await gone(children, 20_000)).toEqual([]);
  await next.stop("SIGTERM");
});

test("a second start in the same folder says in one line that the first is running", {
  timeout: START_TIMEOUT_MS,
}, async () => {
  const first = start();
  await first.says("database up to date");
  const { code, output, complaints } = await start().ended;
  expect(code).toBe(1);
  expect(output).toBe("");
  expect(complaints).toBe(`moim: Moim is running here already, at ${url} (pid ${first.pid})\n`);
  expect((await first.stop("SIGTERM")).code).toBe(0);
});

test("a chat node that dies is replaced; the loss of the database ends everything", {
  timeout: START_TIMEOUT_MS,
}, async () => {
  const command = start();
  await command.says(READY);
  const isNode = ({ command: line }: Child): boolean => line.includes("dist/main.js");
  const node = command.children().filter(isNode).at(-1);
  process.kill(node?.pid ?? 0, "SIGKILL");
  await command.says("chat-");
  await command.says("runs again");
  for (let time = 0; time < 4; time += 1) expect(await openChat(url)).toContain("pingInterval");

  const children = command.children();
  const postgres = children.find(({ command: line }) => line.includes("bin/postgres"));
  process.kill(postgres?.pid ?? 0, "SIGKILL");
  const { code, complaints } = await command.ended;
  expect(code).toBe(1);
  expect(complaints).toBe("moim: the embedded Postgres ended (SIGKILL)\n");
  await expectNothingLeft(children);
});

test("without Redis there is one chat node, and the terminal says so", {
  timeout: START_TIMEOUT_MS,
}, async () => {
  const command = start({ PATH: pathWithout() });
  await command.says("no redis-server on this machine");
  await command.says(READY);
  const nodes = command.children().filter(({ command: line }) => line.includes("dist/main.js"));
  expect(nodes).toHaveLength(2);
  expect(await openChat(url)).toContain("pingInterval");
  expect((await command.stop("SIGTERM")).code).toBe(0);
});

test("a Redis that does not start is one line, and the database is stopped again", {
  timeout: START_TIMEOUT_MS,
}, async () => {
  const broken =
    '#!/bin/sh\n[ "$1" = --version ] && echo "Redis server v=7.0.0" && exit\necho "out of order"\nexit 3\n';
  const command = start({ PATH: pathWithout(broken) });
  await command.says("embedded Postgres");
  const children = command.children();
  const { code, complaints } = await command.ended;
  expect(code).toBe(1);
  expect(complaints).toBe("moim: Redis did not start (exit code 3): out of order\n");
  await expectNothingLeft(children);
});

test("the end of the npx that started it stops everything, though no signal is passed on", {
  timeout: START_TIMEOUT_MS,
}, async () => {
  const script = join(CHECKOUT, "infra", "local", "bin", "start.mjs");
  const npx = join(folder, "npx-cli.js");
  writeFileSync(
    npx,
    `require("node:child_process").spawn(process.execPath, [${JSON.stringify(script)}]);`,
  );
  const data = join(folder, "data");
  const launcher = spawn(process.execPath, [npx], {
    env: { ...process.env, MOIM_PORT: String(port), MOIM_DATA_FOLDER: data, NODE_OPTIONS: "" },
    stdio: "ignore",
  });
  await expect.poll(() => statusOf(url), { timeout: 60_000 }).toBe(200);
  launcher.kill("SIGKILL");
  await expect.poll(() => existsSync(join(data, "lock")), { timeout: 60_000 }).toBe(false);
  expect(await statusOf(url)).toBeUndefined();
});

test("a used port is one line, and no data folder is made for it", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  const { code, output, complaints } = await start().ended;
  expect(code).toBe(1);
  expect(output).toBe("");
  expect(complaints).toMatch(new RegExp(`^moim: port ${port} is in use: .*\n$`));
  expect(existsSync(join(folder, "data"))).toBe(false);
  await new Promise((resolve) => other.close(resolve));
});

test.each([
  ["production without a database", { NODE_ENV: "production" }, "DATABASE_URL is not set"],
  ["a port that is none", { MOIM_PORT: "http" }, "MOIM_PORT must be a whole number"],
  [
    "an unwritable data folder",
    { MOIM_DATA_FOLDER: "/etc/hosts/x" },
    "the data folder /etc/hosts/x",
  ],
  [
    "a data folder where the system makes none",
    { MOIM_DATA_FOLDER: "/proc/nope" },
    "the data folder /proc/nope cannot be written to (ENOENT)",
  ],
])("%s is one line", async (_, environment, beginning) => {
  const { code, output, complaints } = await start(environment).ended;
  expect(code).toBe(1);
  expect(output).toBe("");
  expect(complaints.startsWith(`moim: ${beginning}`)).toBe(true);
  expect(complaints.trimEnd().split("\n")).toHaveLength(1);
});
