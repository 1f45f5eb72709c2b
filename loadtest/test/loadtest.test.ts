import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseCommand, type RunOptions } from "../src/arguments/parse-arguments.ts";
import type { MintedUser } from "../src/clients/load-client.ts";
import type { ServerSeries } from "../src/measure/sampler.ts";
import { executeRun } from "../src/run/execute-run.ts";
import { EXIT_CODES, type RunResult } from "../src/run/result.ts";
import type { ViolationName } from "../src/run/tally.ts";
import { startOwnCluster } from "../src/site/own-cluster.ts";
import type { Site } from "../src/site/site.ts";
import { makeCertificate } from "./support/certificate.ts";
import { FrameProxy } from "./support/frame-proxy.ts";
import { Tamperers, type Tampering } from "./support/tampering.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const NONE = { lost: 0, doubled: 0, outOfOrder: 0, wrongRoom: 0 };
const folder = mkdtempSync(join(tmpdir(), "moim-loadtest-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { code: number; output: string };

/** The command itself, as `pnpm loadtest` runs it; `onTalking` is called when people begin to talk. */
function loadtest(
  parameters: string,
  environment: NodeJS.ProcessEnv = {},
  onTalking: (pid: number) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const command = ["--import", "tsx", MAIN, ...parameters.split(" ")];
    const options = { env: { ...process.env, ...environment } };
    const child = execFile(process.execPath, command, options, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : 0;
      resolve({ code, output: stdout + stderr });
    });
    let isTalking = false;
    child.stdout?.on("data", (text: string) => {
      if (isTalking || !text.includes("talking:")) return;
      isTalking = true;
      onTalking(child.pid ?? 0);
    });
  });
}

const readResult = (file: string) => JSON.parse(readFileSync(file, "utf8")) as RunResult;

it("loses nothing whatever is done to the cluster meanwhile, and says so in all its reports", async () => {
  const json = join(folder, "run.json");
  const html = join(folder, "run.html");
  const { code, output } = await loadtest(
    "run --scenario mixed --users 40 --rate 40 --duration 9s --kill-node 500ms --restart-redis 2s " +
      `--rolling-restart 3s --expire-tokens 6s --json ${json} --html ${html} --threshold wrong.path<1`,
  );
  const result = readResult(json);
  expect(result.verdict, output).toMatchObject({ passed: true, violations: NONE, unanswered: 0 });
  expect(result.verdict.stored).toBeGreaterThan(250);
  expect(result.verdict.acknowledged).toBe(result.verdict.stored);
  expect(result.verdict.receivers).toBeGreaterThan(40);
  expect(result.verdict.changes).toBeGreaterThan(50);
  expect(result.connections).toMatchObject({ wanted: 40, notConnected: 0 });
  const came = Object.values(result.connections.perNode);
  expect(came.reduce((sum, count) => sum + count, 0)).toBe(40);
  // A node that a busy machine kept silent for half a second gets nobody at first; later people go from each to the other.
  const isPeopled = ({ connections }: ServerSeries) =>
    connections.some((count) => Number(count) > 0);
  expect(result.servers.filter(isPeopled).map(({ name }) => name)).toEqual(["chat-1", "chat-2"]);
  const { disconnects, fetched, renewals, reads, typings } = result.counters;
  // One node was killed, both were restarted, Redis was away, each token ran out.
  expect(disconnects).toBeGreaterThanOrEqual(40);
  expect(Math.min(fetched, reads, typings)).toBeGreaterThan(0);
  expect(renewals).toBeGreaterThanOrEqual(40);
  expect(result.faults.map(({ what }) => what)).toEqual([
    "node killed",
    "Redis killed",
    "rolling restart",
  ]);
  expect(result.faults.every(({ second, endSecond }) => (endSecond ?? 0) > second)).toBe(true);
  expect(result.latencies.delivery.count).toBeGreaterThan(result.verdict.stored);
  expect(result.latencies.fetched.count).toBeGreaterThan(0);
  expect(result.servers.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["chat-1", "chat-2", "auth", "postgres", "redis", "nginx"]),
  );
  // The threshold cannot hold; where the machine was too busy to measure, that is said before it.
  expect(result.outcome).toBe(result.generator.saturated.length > 0 ? "invalid" : "missed");
  expect(code).toBe(EXIT_CODES[result.outcome]);
  expect(output).toContain("0 lost, 0 doubled, 0 out of order, 0 in the wrong room");
  expect(readFileSync(html, "utf8")).toContain("Redis killed");
});

it("says in one line why it cannot run", async () => {
  const { code, output } = await loadtest("run --users 10 --rate 1000");
  expect(code).toBe(2);
  expect(output.trim().split("\n")).toHaveLength(1);
});

const tamperers = new Tamperers();
let site: Site;
let proxy: FrameProxy;
beforeAll(async () => {
  site = await startOwnCluster({ nodes: 1, users: 12, via: "nodes", expireTokensMs: undefined });
  const port = Number(new URL(site.socketUrls[0] ?? "").port);
  proxy = await FrameProxy.start(port, () => tamperers.next());
});
afterAll(async () => {
  await proxy?.stop();
  await site?.stop();
});

function runThrough(
  tampering: Tampering,
  parameters: string,
  change: Partial<RunOptions> = {},
): Promise<RunResult> {
  const command = parseCommand(
    `run --users 12 --members 6 --workers 1 --rate 60 ${parameters}`.split(" "),
  );
  if (command.name !== "run") throw new Error("a run");
  tamperers.begin(tampering);
  return executeRun({ ...site, socketUrls: [proxy.url] }, { ...command.options, ...change });
}

it("passes through a network that changes nothing, while guests come and go", async () => {
  const result = await runThrough("none", "--scenario churn --duration 3s");
  const { verdict, counters, connections } = result;
  expect(connections).toMatchObject({ wanted: 12, notConnected: 0 });
  expect(verdict).toMatchObject({ passed: true, violations: NONE, findings: [] });
  expect(verdict.moves).toBeGreaterThan(0);
  expect(counters.moves).toBe(verdict.moves);
});

const CONTROLS: [Tampering, ViolationName][] = [
  ["double", "doubled"],
  ["swap", "outOfOrder"],
  ["misdirect", "wrongRoom"],
];

it.each(CONTROLS)("fails when the network may %s: %s", async (tampering, violation) => {
  const { verdict, outcome } = await runThrough(tampering, "--scenario rooms --duration 2s");
  expect(verdict.violations[violation]).toBeGreaterThan(0);
  expect(EXIT_CODES[outcome]).toBe(1);
});

it("finds out a server that lies, leaves out, falls silent, speaks late and changes words", async () => {
  const rooms = "--scenario rooms --rooms 5 --duration 3s";
  const { verdict, outcome } = await runThrough("conspire", rooms);
  const found = verdict.findings.join("\n");
  expect(found).toContain("was acknowledged and is not stored");
  expect(found).toMatch(/has 0 of \d+ messages/);
  expect(found).toContain("nor was told of it");
  expect(found).toMatch(/was told of a message only \d+\.\d s after it was acknowledged/);
  expect(found).toMatch(/ \d+ changes behind, was told to load everything anew/);
  expect(found).toContain("was left out of the answer");
  expect(found).toContain("some are not as they are stored");
  expect(EXIT_CODES[outcome]).toBe(1);
});

it("fails when a message, or a change, never has an answer, though nothing is lost by that", async () => {
  const options = { settleMs: 2_000 };
  const result = await runThrough("swallow", "--scenario mixed --duration 1s", options);
  expect(result.verdict, result.verdict.findings.join("\n")).toMatchObject({
    ...{ passed: true, violations: NONE, unanswered: 1, unansweredChanges: 1 },
  });
  expect(result.outcome).toBe("failed");
});

it("finds out a server that lets those listen who have left", async () => {
  const { verdict, outcome } = await runThrough("conspire", "--scenario churn --duration 5s");
  expect(verdict.findings.join("\n")).toMatch(/saw something of room .* while it was out/);
  expect(EXIT_CODES[outcome]).toBe(1);
});

const givenUsers = (change: Partial<MintedUser> = {}) => {
  const file = join(folder, "users.jsonl");
  const lines = site.users.map((user) => JSON.stringify({ ...user, ...change }));
  writeFileSync(file, lines.join("\n"));
  return `--users-file ${file} --users 12 --scenario dm --rate 40`;
};

it("calls a run invalid whose generator stood still, and counts from when each message was due", async () => {
  const json = join(folder, "stopped.json");
  const parameters = `run --url ${site.url} ${givenUsers()} --workers 1 --duration 4s --json ${json}`;
  const { code, output } = await loadtest(parameters, {}, (pid) => {
    const worker = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
    process.kill(worker, "SIGSTOP");
    setTimeout(() => process.kill(worker, "SIGCONT"), 1_500);
  });
  const { verdict, latencies } = readResult(json);
  expect(verdict, output).toMatchObject({ passed: true, violations: NONE });
  expect(code, output).toBe(EXIT_CODES.invalid);
  expect(output).toContain("not to be trusted: 1 % of the messages left the generator more than");
  // Nobody is left out who should have been served meanwhile.
  expect(latencies.ack.p99).toBeGreaterThan(1_000);
  // What was due in 1.5 s of 4 waited for half of that, on the average.
  expect(latencies.ack.mean - latencies.service.mean).toBeGreaterThan(100);
});

it("ends at once when it is told to, without a verdict", async () => {
  let toldAt = 0;
  const parameters = `run --url ${site.url} ${givenUsers()} --duration 60s`;
  const { code, output } = await loadtest(parameters, {}, (pid) => {
    toldAt = performance.now();
    process.kill(pid, "SIGINT");
  });
  expect({ code, last: output.trim().split("\n").at(-1) }).toEqual({
    code: 130,
    last: "moim: stopped, without a verdict",
  });
  // People would have talked for 60 s.
  expect(performance.now() - toldAt).toBeLessThan(30_000);
});

it("runs on a site that exists, over TLS, with users who need new tokens at once", async () => {
  const { key, certificate } = makeCertificate(folder);
  const { port } = new URL(site.url);
  const secure = createServer(
    { key: readFileSync(key), cert: readFileSync(certificate) },
    (client) => {
      const upstream = connect(Number(port), "127.0.0.1");
      client.pipe(upstream).pipe(client);
      for (const end of [client, upstream]) end.on("error", () => client.destroy());
    },
  );
  await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
  const url = `https://localhost:${(secure.address() as AddressInfo).port}`;
  const users = givenUsers({ expiresAt: Date.now() + 5_000 });
  const parameters = `run --url ${url} ${users} --duration 2s --json ${join(folder, "given.json")}`;
  const trusting = await loadtest(parameters, { NODE_EXTRA_CA_CERTS: certificate });
  const { verdict, generator } = readResult(join(folder, "given.json"));
  expect(verdict, trusting.output).toMatchObject({ passed: true, violations: NONE });
  expect(verdict.acknowledged).toBeGreaterThan(10);
  expect(trusting.code).toBe(generator.saturated.length > 0 ? EXIT_CODES.invalid : 0);
  // Who does not know the certificate does not talk to whoever shows it.
  const wary = await loadtest(parameters);
  expect(wary).toMatchObject({ code: 2, output: expect.stringMatching(/self-signed certificate/) });
  await new Promise((resolve) => secure.close(resolve));
});
