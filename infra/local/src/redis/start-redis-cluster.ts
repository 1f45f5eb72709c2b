import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findProgram } from "../process/find-program.ts";
import { freePort } from "../process/free-port.ts";
import { runToEnd } from "../process/run-to-end.ts";
import { StartFailure } from "../process/start-failure.ts";
import { type RunningRedis, startRedis } from "./start-redis.ts";

const MASTERS = 3;
const SLOTS = 16_384;
const FORM_TIMEOUT_MS = 60_000;
/** After so long without an answer a node counts as dead: as Redis has it where nothing else is said. */
const DEAD_AFTER_MS = 15_000;

export interface ClusterNode {
  /** `redis://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /** The name by which the cluster knows it. */
  readonly id: string;
  readonly server: RunningRedis;
}

export interface RunningRedisCluster {
  /** `redis+cluster://…` with all masters. */
  readonly url: string;
  /** The first third of the slots, the second, the last. */
  readonly masters: readonly ClusterNode[];
  /** As many as were asked for: the first one of the first master, and so on. */
  readonly replicas: readonly ClusterNode[];
  /** Runs `redis-cli` on one of the nodes and resolves to what it printed; rejects when it fails. */
  command(node: ClusterNode, ...words: string[]): Promise<string>;
  /** Moves these slots, which hold no keys, from one master to another. */
  moveSlots(from: ClusterNode, to: ClusterNode, slots: readonly number[]): Promise<void>;
  /** Moves so many slots with their keys, as an operator does. */
  reshard(from: ClusterNode, to: ClusterNode, slots: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A real Redis Cluster on 127.0.0.1: three masters, and `replicas` of them with a replica each. Slots
 * without a living master do not take the others with them. Resolves when all agree on who owns what.
 */
export async function startRedisCluster(
  options: { readonly replicas?: number; readonly deadAfterMs?: number } = {},
): Promise<RunningRedisCluster> {
  const { replicas: replicaCount = 0, deadAfterMs = DEAD_AFTER_MS } = options;
  const folder = mkdtempSync(join(tmpdir(), "moim-redis-cluster-"));
  const servers: RunningRedis[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const count = MASTERS + replicaCount;
    const nodes = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        startNode(join(folder, String(index)), deadAfterMs, servers),
      ),
    );
    const [masters, replicas] = [nodes.slice(0, MASTERS), nodes.slice(MASTERS)];
    await form(masters, replicas);
    return {
      url: `redis+cluster://${masters.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
      masters,
      replicas,
      command,
      moveSlots: (from, to, slots) => moveSlots(masters, from, to, slots),
      reshard,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startNode(
  folder: string,
  deadAfterMs: number,
  servers: RunningRedis[],
): Promise<ClusterNode> {
  mkdirSync(folder);
  const server = await startRedis({
    dir: folder,
    settings: {
      "cluster-enabled": "yes",
      // The default, 10,000 above the port, is often beyond the last one.
      "cluster-port": String(await freePort()),
      "cluster-node-timeout": String(deadAfterMs),
      "cluster-require-full-coverage": "no",
      "cluster-announce-ip": "127.0.0.1",
    },
  });
  servers.push(server);
  const { url, port } = server;
  const id = await redisCli(port, "CLUSTER", "MYID");
  return { url, port, id, server };
}

async function form(
  masters: readonly ClusterNode[],
  replicas: readonly ClusterNode[],
): Promise<void> {
  const [first] = masters;
  if (!first) throw new Error("a cluster needs a master");
  for (const [index, { port }] of masters.entries()) {
    const from = Math.floor((index * SLOTS) / masters.length);
    const to = Math.floor(((index + 1) * SLOTS) / masters.length) - 1;
    await redisCli(port, "CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
    await redisCli(port, "CLUSTER", "ADDSLOTSRANGE", String(from), String(to));
  }
  const bus = await redisCli(first.port, "CONFIG", "GET", "cluster-port");
  const busPort = bus.split("\n").at(-1) ?? "";
  for (const { port } of [...masters.slice(1), ...replicas]) {
    await redisCli(port, "CLUSTER", "MEET", "127.0.0.1", String(first.port), busPort);
  }
  const everybody = [...masters, ...replicas];
  await untilTrue(async () => {
    const known = await Promise.all(everybody.map(({ port }) => info(port)));
    return known.every((text) => text.includes(`cluster_known_nodes:${everybody.length}`));
  });
  for (const [index, replica] of replicas.entries()) {
    const master = masters[index];
    if (!master) throw new Error("more replicas than masters");
    await redisCli(replica.port, "CLUSTER", "REPLICATE", master.id);
  }
  await untilTrue(async () => {
    const known = await Promise.all(everybody.map(({ port }) => info(port)));
    const synced = await Promise.all(
      replicas.map(({ port }) => redisCli(port, "INFO", "replication")),
    );
    return (
      known.every((text) => /cluster_state:ok/.test(text)) &&
      known.every((text) => text.includes(`cluster_slots_ok:${SLOTS}`)) &&
      synced.every((text) => text.includes("master_link_status:up"))
    );
  });
}

function info(port: number): Promise<string> {
  return redisCli(port, "CLUSTER", "INFO");
}

async function untilTrue(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + FORM_TIMEOUT_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new StartFailure("the Redis nodes did not form a cluster");
    await delay(50);
  }
}

function command(node: ClusterNode, ...words: string[]): Promise<string> {
  return redisCli(node.port, ...words);
}

async function moveSlots(
  masters: readonly ClusterNode[],
  from: ClusterNode,
  to: ClusterNode,
  slots: readonly number[],
): Promise<void> {
  const bystanders = masters.filter((node) => node !== from && node !== to);
  for (const slot of slots.map(String)) {
    await command(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", from.id);
    await command(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", to.id);
    for (const node of [to, from, ...bystanders]) {
      await command(node, "CLUSTER", "SETSLOT", slot, "NODE", to.id);
    }
  }
}

async function reshard(from: ClusterNode, to: ClusterNode, slots: number): Promise<void> {
  await runCli([
    ...["--cluster", "reshard", `127.0.0.1:${from.port}`],
    ...["--cluster-from", from.id, "--cluster-to", to.id],
    ...["--cluster-slots", String(slots), "--cluster-yes"],
  ]);
}

function redisCli(port: number, ...words: string[]): Promise<string> {
  return runCli(["-h", "127.0.0.1", "-p", String(port), "-e", ...words]);
}

async function runCli(parameters: readonly string[]): Promise<string> {
  const program = findProgram("redis-cli");
  if (program === undefined) throw new StartFailure("no redis-cli on this machine");
  const ended = await runToEnd(program, parameters, { directory: "/", output: "keep" });
  if (!ended.succeeded) throw new StartFailure(`redis-cli failed: ${ended.output.slice(-300)}`);
  return ended.output.replaceAll("\r", "").trim();
}
