import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseCommand } from "../src/arguments/parse-arguments.ts";
import { executeRun } from "../src/run/execute-run.ts";
import { EXIT_CODES, type RunResult } from "../src/run/result.ts";
import type { ViolationName } from "../src/run/tally.ts";
import { startOwnCluster } from "../src/site/own-cluster.ts";
import type { Site } from "../src/site/site.ts";
import { type Tampering, TamperingProxy } from "./support/tampering-proxy.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "moim-loadtest-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { code: number; output: string };

/** The command itself, as `pnpm loadtest` runs it. */
function loadtest(...parameters: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const command = ["--import", "tsx", MAIN, ...parameters];
    execFile(process.execPath, command, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : 0;
      resolve({ code, output: stdout + stderr });
    });
  });
}

it("loses nothing when a node is killed in the middle, and says so in all its reports", async () => {
  const json = join(folder, "run.json");
  const html = join(folder, "run.html");
  const { code, output } = await loadtest(
    ...["run", "--scenario", "mixed", "--users", "40", "--rate", "40", "--duration", "4s"],
    ...["--kill-node", "1s", "--json", json, "--html", html, "--threshold", "wrong.path<1"],
  );
  const result = JSON.parse(readFileSync(json, "utf8")) as RunResult;
  expect(result.verdict, output).toMatchObject({
    passed: true,
    violations: { lost: 0, doubled: 0, outOfOrder: 0, wrongRoom: 0 },
    unanswered: 0,
  });
  expect(result.verdict.stored).toBeGreaterThan(100);
  expect(result.verdict.acknowledged).toBeGreaterThan(100);
  expect(result.verdict.receivers).toBeGreaterThan(40);
  expect(result.connections).toMatchObject({ wanted: 40, notConnected: 0 });
  expect(Object.keys(result.connections.perNode).sort()).toEqual(["chat-1", "chat-2"]);
  expect(result.counters.disconnects).toBeGreaterThan(0);
  expect(result.counters.fetched).toBeGreaterThan(0);
  expect(result.faults).toMatchObject([{ what: "node killed" }]);
  expect(result.latencies.delivery.count).toBeGreaterThan(result.verdict.stored);
  expect(result.servers.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["chat-1", "chat-2", "auth", "postgres", "redis", "nginx"]),
  );
  // The threshold cannot hold; on a machine that is too busy to measure, that is said before it.
  expect(["missed", "invalid"]).toContain(result.outcome);
  expect(code).toBe(EXIT_CODES[result.outcome]);
  expect(output).toContain("0 lost, 0 doubled, 0 out of order, 0 in the wrong room");
  expect(readFileSync(html, "utf8")).toContain("node killed");
});

it("says in one line why it cannot run", async () => {
  const { code, output } = await loadtest("run", "--users", "10", "--rate", "1000");
  expect(code).toBe(2);
  expect(output.trim().split("\n")).toHaveLength(1);
});

let site: Site;
let proxy: TamperingProxy;
beforeAll(async () => {
  site = await startOwnCluster({ nodes: 1, users: 12, via: "nodes", expireTokensMs: undefined });
  proxy = await TamperingProxy.start(Number(new URL(site.socketUrls[0] ?? "").port));
});
afterAll(async () => {
  await proxy?.stop();
  await site?.stop();
});

function runThrough(tampering: Tampering): Promise<RunResult> {
  const command = parseCommand(
    "run --scenario rooms --users 12 --members 6 --rate 60 --duration 1s --workers 1".split(" "),
  );
  if (command.name !== "run") throw new Error("a run");
  proxy.tampering = tampering;
  return executeRun({ ...site, socketUrls: [proxy.url] }, command.options);
}

it("passes through a network that changes nothing", async () => {
  const { verdict } = await runThrough("none");
  expect(verdict).toMatchObject({ passed: true, findings: [] });
});

const CONTROLS: [Tampering, ViolationName][] = [
  ["drop", "lost"],
  ["double", "doubled"],
  ["swap", "outOfOrder"],
  ["misdirect", "wrongRoom"],
];

it.each(CONTROLS)("fails when the network may %s: %s", async (tampering, violation) => {
  const { verdict, outcome } = await runThrough(tampering);
  expect(verdict.violations[violation]).toBeGreaterThan(0);
  expect(EXIT_CODES[outcome]).toBe(1);
});
