import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Line, signUp } from "../../gateway/caller.ts";
import { Installation } from "../support/installation.ts";
import { Traffic } from "../support/traffic.ts";

const IMAGE_TAG = `test-outages-${process.pid}`;
const MEMORY_PAGE = new URL("../../../docs/runbook/MoimMemoryHigh.md", import.meta.url);
const QUIET_TRAFFIC = { rooms: 1, membersPerRoom: 4, everyMs: 1_000 };
const REDIS_AWAY_MS = 25_000;
const BACK_WITHIN_MS = 60_000;
const NEWCOMERS = 20;
/** Six checks, each 5 s after the one before it, and 5 s long. */
const UNHEALTHY_WITHIN_MS = 120_000;
/** What a client waits for at one attempt is 10 s. */
const CONNECTED_WITHIN_MS = 5_000;
const NOTHING_WRONG = { lost: [], doubled: [], divided: 0 };

let moim: Installation;

beforeAll(async () => {
  moim = await Installation.clone(IMAGE_TAG);
  await moim.initialise();
  await moim.compose("up", "-d", "--build", "--wait");
});
afterAll(async () => {
  await moim?.remove();
  await moim?.removeImages();
});

test("while Redis is gone every node stays in service, and everybody catches up", async () => {
  const traffic = await Traffic.gather(moim.url, QUIET_TRAFFIC);
  expect(traffic.nodes().size).toBe(2);
  const before = await moim.containers("chat");
  await moim.compose("stop", "redis");
  traffic.begin(QUIET_TRAFFIC.everyMs);
  // Longer than it takes Docker to give up on a container that is not healthy.
  await new Promise((resolve) => setTimeout(resolve, REDIS_AWAY_MS));
  const late = await Line.open(moim.url, await signUp(moim.url));
  late.close();
  const verdict = await traffic.finish();
  expect(verdict).toMatchObject(NOTHING_WRONG);
  expect(verdict.sent).toBeGreaterThan(20);
  expect(traffic.takeMoves()).toEqual([]);
  const states = await moim.succeeds(
    "docker",
    "inspect",
    "-f",
    "{{.State.Health.Status}}",
    ...before,
  );
  expect(states.trim().split("\n")).toEqual(["healthy", "healthy"]);
  await moim.compose("start", "redis");
  await traffic.leave();
});

test("a node that hangs is gone round: its people come to the others, and so does whoever comes", async () => {
  const traffic = await Traffic.gather(moim.url, QUIET_TRAFFIC);
  expect(traffic.nodes().size).toBe(2);
  const [hanging = ""] = await moim.containers("chat");
  // Stopped where it stands, as one whose event loop is blocked: its port takes connections, and nobody answers.
  await moim.succeeds("docker", "kill", "--signal", "STOP", hanging);
  traffic.begin(QUIET_TRAFFIC.everyMs);
  const caller = await signUp(moim.url);
  for (let count = 0; count < NEWCOMERS; count += 1) {
    const startedAt = Date.now();
    const line = await Line.open(moim.url, caller);
    line.close();
    expect(Date.now() - startedAt).toBeLessThan(CONNECTED_WITHIN_MS);
  }
  // Their clients hear no heartbeat for 40 s, and then go.
  await expect.poll(() => traffic.nodes().size, { timeout: UNHEALTHY_WITHIN_MS }).toBe(1);
  const verdict = await traffic.finish();
  expect(verdict).toMatchObject(NOTHING_WRONG);
  expect(verdict.sent).toBeGreaterThan(20);
  // Nobody ends it, but somebody is told.
  const check = () => moim.run("./infra/check").then(({ output }) => output);
  await expect
    .poll(check, { timeout: UNHEALTHY_WITHIN_MS })
    .toMatch(/-chat-\d does not answer its health/);
  await moim.succeeds("docker", "kill", "--signal", "CONT", hanging);
  await traffic.leave();
});

test("a machine that lost its power comes back by itself, in whatever order, and nothing is lost", async () => {
  const traffic = await Traffic.gather(moim.url, QUIET_TRAFFIC);
  traffic.begin(QUIET_TRAFFIC.everyMs);
  await new Promise((resolve) => setTimeout(resolve, REDIS_AWAY_MS / 10));
  const all = (await moim.compose("ps", "--quiet")).split("\n").filter(Boolean);
  await moim.succeeds("docker", "kill", ...all);
  // The database last: everybody else looks for it in vain at first, and is started again, as after a boot.
  const [postgres = ""] = (await moim.compose("ps", "--all", "--quiet", "postgres")).split("\n");
  const others = all.filter((id) => id !== postgres);
  await moim.succeeds("docker", "start", ...others);
  await new Promise((resolve) => setTimeout(resolve, REDIS_AWAY_MS / 10));
  await moim.succeeds("docker", "start", postgres);
  await expect
    .poll(async () => (await fetch(`${moim.url}/.well-known/jwks.json`)).status, {
      timeout: BACK_WITHIN_MS,
    })
    .toBe(200);
  expect(await traffic.finish()).toMatchObject(NOTHING_WRONG);
  await traffic.leave();
});

test("a heap snapshot, by the runbook's own commands, ends no node", async () => {
  const [, block = ""] = /```sh\n([\s\S]*?)```/.exec(readFileSync(MEMORY_PAGE, "utf8")) ?? [];
  for (const line of block.trim().split("\n")) {
    if (!line.startsWith("#")) await moim.succeeds("sh", "-c", line);
    else moim.set({ COMPOSE_FILE: "docker-compose.yml:infra/compose/heap-snapshots.yml" });
  }
  const nodes = await moim.containers("chat");
  await expect
    .poll(() => moim.succeeds("ls", "-s", "snapshots"), { timeout: BACK_WITHIN_MS })
    .toMatch(/\d{4,} Heap.*\.heapsnapshot/);
  const line = await Line.open(moim.url, await signUp(moim.url));
  line.close();
  expect(await moim.containers("chat")).toEqual(nodes);
  const restarts = await moim.succeeds("docker", "inspect", "-f", "{{.RestartCount}}", ...nodes);
  expect(restarts.trim().split("\n")).toEqual(["0", "0"]);
});
