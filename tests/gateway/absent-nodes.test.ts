import { readFileSync } from "node:fs";
import { type Cluster, type RunningNginx, startCluster, startNginx } from "@moim/local";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { AbsentNode } from "./absent-node.ts";
import { type Caller, Line, signUp } from "./caller.ts";

const PRESENT = 3;
const ABSENT = 3;
const LINES = 24;
/** Of the proxy as shipped: how long it waits for one node, and leaves it out then. */
const SILENCE_MS = 500;
const LEFT_OUT_MS = 3_000;
const LEFT_OUT_MS_MIN = 2_000;
/** Of this machine, while all other tests run; whoever waits in vain does so for 10 s (READY_TIMEOUT_MS). */
const TOLERANCE_MS = 5_000;

let cluster: Cluster;
let callers: Caller[];
const absent: AbsentNode[] = [];
const gateways: RunningNginx[] = [];
const lines: Line[] = [];

beforeAll(async () => {
  cluster = await startCluster({ nodes: PRESENT, spareNodes: 0 });
  callers = await Promise.all(Array.from({ length: PRESENT }, () => signUp(cluster.url)));
});
afterEach(async () => {
  for (const line of lines.splice(0)) line.close();
  for (const gateway of gateways.splice(0)) await gateway.stop();
  for (const node of absent.splice(0)) node.remove();
});
afterAll(() => cluster?.stop());

/** Of six nodes, three are not there. */
async function gatewayWith(away: () => Promise<AbsentNode>): Promise<string> {
  while (absent.length < ABSENT) absent.push(await away());
  const gateway = await startNginx({
    authPort: cluster.auth.port,
    // In turn: the proxy goes through them in this order while none has a connection.
    chatPorts: cluster.nodes.flatMap(({ port }, index) => [port, absent[index]?.port ?? port]),
    connectionsPerSecond: 1_000,
    connectionsBurst: 1_000,
  });
  gateways.push(gateway);
  return gateway.url;
}

/**
 * How many rounds have waited in vain for a node that is not there; each is one line of the log. One that is there
 * may be silent for half a second on a busy machine, too.
 */
function silences(): number {
  const log = readFileSync(gateways[0]?.accessLog ?? "", "utf8");
  const away = new Set(absent.map(({ port }) => `127.0.0.1:${port}`));
  const rounds = [...log.matchAll(/"upstream":"([^"]*)","upstreamStatus":"([^"]*)"/g)];
  return rounds.filter(([, upstreams = "", statuses = ""]) => {
    const asked = upstreams.split(", ");
    return statuses
      .split(", ")
      .some((status, index) => status === "504" && away.has(asked[index] ?? ""));
  }).length;
}

/** One after the other, none of which tries again; how long each took, in ms. */
async function openLines(url: string): Promise<number[]> {
  const took: number[] = [];
  while (took.length < LINES) {
    for (const caller of callers) {
      const startedAt = Date.now();
      lines.push(await Line.open(url, caller));
      took.push(Date.now() - startedAt);
    }
  }
  return took;
}

test("with three of six nodes gone every connection succeeds, at once and at the first attempt", async () => {
  const url = await gatewayWith(AbsentNode.ended);
  expect(Math.max(...(await openLines(url)))).toBeLessThan(TOLERANCE_MS);
  // Whatever was held against them is forgotten, and they have fewer connections than all others.
  await new Promise((resolve) => setTimeout(resolve, LEFT_OUT_MS + TOLERANCE_MS));
  expect(Math.max(...(await openLines(url)))).toBeLessThan(TOLERANCE_MS);
});

for (const [what, away] of [
  ["standing still", AbsentNode.hanging],
  ["out of reach", AbsentNode.unreachable],
] as const) {
  test(`with three of six nodes ${what} everybody is connected at the first attempt, after 1.5 s at most`, async () => {
    const url = await gatewayWith(away);
    for (let round = 0; round < 2; round += 1) {
      const before = silences();
      const startedAt = Date.now();
      expect(Math.max(...(await openLines(url)))).toBeLessThan(ABSENT * SILENCE_MS + TOLERANCE_MS);
      // Now and then somebody finds out that they still are.
      const tried = 1 + (Date.now() - startedAt) / LEFT_OUT_MS_MIN;
      expect(silences() - before).toBeLessThanOrEqual(Math.ceil(tried));
      await new Promise((resolve) => setTimeout(resolve, LEFT_OUT_MS));
    }
  });
}

test("where every node is held to be gone, they are asked all the same", async () => {
  const gateway = await startNginx({
    authPort: cluster.auth.port,
    chatPorts: cluster.nodes.map(({ port }) => port),
    connectionsPerSecond: 1_000,
    connectionsBurst: 1_000,
  });
  gateways.push(gateway);
  for (const node of cluster.nodes) node.process.kill("SIGSTOP");
  await fetch(`${gateway.url}/socket.io/?EIO=4&transport=websocket`, {
    signal: AbortSignal.timeout(PRESENT * SILENCE_MS + TOLERANCE_MS),
  }).catch(() => {});
  for (const node of cluster.nodes) node.process.kill("SIGCONT");
  for (const caller of callers) lines.push(await Line.open(gateway.url, caller));
});
