import { type Cluster, startCluster } from "@moim/local";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Caller, Line, signUp } from "./caller.ts";

const NODES = 3;
const LINES_PER_USER = 12;
/** Longer than the test needs. */
const DRAIN_MS = 30_000;

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
afterEach(closeLines);
afterAll(() => cluster.stop());

function closeLines(): void {
  for (const line of lines.splice(0)) line.close();
}

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

/**
 * A node that says nothing for half a second is left out for the next two to three (decision 11), and on a busy
 * machine any may: then they are opened anew. Nodes that nobody is sent to, or too many, remain so.
 */
async function expectEvenSpread(each: number): Promise<void> {
  const spread = () => {
    closeLines();
    return openLines(each);
  };
  const even = Object.fromEntries(cluster.nodes.map(({ name }) => [name, each]));
  await expect.poll(spread, { timeout: 60_000, interval: 500 }).toEqual(even);
}

test("connections are spread evenly over the nodes", () => expectEvenSpread(LINES_PER_USER));

test("a node that leaves gets no new connection, though it has the fewest", async () => {
  await expectEvenSpread(4);
  const leaving = cluster.nodes[0];
  if (leaving === undefined) throw new Error("no node");
  leaving.process.kill("SIGTERM");
  // Once some of its connections have been sent away, whoever counts would choose it.
  const sentAway = () => lines.filter(({ nodeId, lostAt }) => nodeId === leaving.name && lostAt);
  await expect.poll(() => sentAway().length).toBeGreaterThan(1);
  const counts = await openLines(3);
  expect(leaving.process.exit()).toBeUndefined();
  expect(Object.keys(counts)).not.toContain(leaving.name);
});

test("nodes that have been away serve again once they are back, all of them at once", async () => {
  for (const node of [...cluster.nodes]) {
    if (node.process.exit() === undefined) await node.kill();
    // The proxy meets the dead node, as somebody always does.
    await openLines(1);
    await cluster.restartNode(node);
  }
  await expectEvenSpread(4);
});
