import { type Cluster, startCluster } from "@moim/local";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Caller, Line, signUp } from "./caller.ts";

const NODES = 3;
const LINES_PER_USER = 12;
const DRAIN_MS = 8_000;

let cluster: Cluster;
let users: Caller[];
const lines: Line[] = [];

beforeAll(async () => {
  cluster = await startCluster({
    nodes: NODES,
    spareNodes: 0,
    connectionsPerSecond: 1_000,
    connectionsBurst: 1_000,
    environment: { DRAIN_MS: String(DRAIN_MS) },
  });
  users = await Promise.all(Array.from({ length: NODES }, () => signUp(cluster.url)));
});
afterEach(() => {
  for (const line of lines.splice(0)) line.close();
});
afterAll(() => cluster.stop());

/** One after the other, as people come; answers how many each node got. */
async function openLines(each: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let time = 0; time < each; time += 1) {
    for (const user of users) {
      const line = await Line.open(cluster.url, user);
      lines.push(line);
      counts[line.nodeId] = (counts[line.nodeId] ?? 0) + 1;
    }
  }
  return counts;
}

test("connections are spread evenly over the nodes", async () => {
  expect(await openLines(LINES_PER_USER)).toEqual({
    "chat-1": LINES_PER_USER,
    "chat-2": LINES_PER_USER,
    "chat-3": LINES_PER_USER,
  });
});

test("a node that leaves gets no new connection, though it has the fewest", async () => {
  await openLines(4);
  const leaving = cluster.nodes[0];
  if (leaving === undefined) throw new Error("no node");
  leaving.process.kill("SIGTERM");
  // By now some of its connections have been sent away: whoever counts would choose it.
  await new Promise((resolve) => setTimeout(resolve, DRAIN_MS * 0.4));
  expect(leaving.process.exit()).toBeUndefined();
  const counts = await openLines(3);
  expect(leaving.process.exit()).toBeUndefined();
  const staying = cluster.nodes.map(({ name }) => name).filter((name) => name !== leaving.name);
  expect(Object.keys(counts).sort()).toEqual(staying.sort());
  await leaving.process.exited;
});

test("nodes that have been away serve again as soon as they are back, all of them at once", async () => {
  for (const node of [...cluster.nodes]) {
    if (node.process.exit() === undefined) await node.kill();
    // The proxy meets the dead node, as somebody always does.
    await openLines(1);
    await cluster.restartNode(node);
  }
  for (const line of lines.splice(0)) line.close();
  expect(await openLines(4)).toEqual({ "chat-1": 4, "chat-2": 4, "chat-3": 4 });
});
