import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildChatWithFailPoints,
  type Cluster,
  type RunningService,
  startCluster,
  TcpProxy,
} from "@moim/local";
import { SmallDisk } from "./small-disk.ts";

export const NODES = 3;
/** Short, so that tokens run out and are renewed all the time. */
export const TOKEN_SECONDS = 10;
const DRAIN_MS = 1_500;
export const PROXY_SHUTDOWN_SECONDS = 1;
const DATABASE_CONNECTIONS_MAX = 80;
const DONE_WITHIN_MS = 30_000;
const RETRY_MS = 250;
const METRICS_WITHIN_MS = 1_000;

/** What stands between one service and what it needs. */
export type Lines = { database: TcpProxy; redis: TcpProxy };

/** The cluster under test, and every place where it can be hurt. */
export type World = {
  readonly cluster: Cluster;
  /** By the service's name: `auth`, `chat-1` … */
  readonly lines: ReadonlyMap<string, Lines>;
  readonly smallDisk: SmallDisk | { problem: string };
  arm(node: string, failPoint: string): void;
  disarm(node: string, failPoint: string): void;
  stop(): Promise<void>;
};

/** `environment`: of the services, beside what this suite needs itself. */
export async function startWorld(environment: NodeJS.ProcessEnv = {}): Promise<World> {
  const failPoints = mkdtempSync(join(tmpdir(), "moim-fail-points-"));
  const smallDisk = SmallDisk.mount();
  const lines = new Map<string, Lines>();
  const cleanUp = async () => {
    for (const { database, redis } of lines.values()) {
      await Promise.all([database.stop(), redis.stop()]);
    }
    if (smallDisk instanceof SmallDisk) smallDisk.unmount();
    rmSync(failPoints, { recursive: true, force: true });
  };
  try {
    const cluster = await startCluster({
      nodes: NODES,
      spareNodes: 0,
      connectionsPerSecond: 5_000,
      connectionsBurst: 5_000,
      proxyShutdownSeconds: PROXY_SHUTDOWN_SECONDS,
      environment: {
        ACCESS_TOKEN_TTL_SECONDS: String(TOKEN_SECONDS),
        DRAIN_MS: String(DRAIN_MS),
        FAIL_POINT_FOLDER: failPoints,
        ...environment,
      },
      postgresSettings: {
        max_connections: String(DATABASE_CONNECTIONS_MAX),
        // As it is deployed: what a crash leaves is part of what is tried here.
        ...{ fsync: "on", full_page_writes: "on" },
        ...(smallDisk instanceof SmallDisk ? WITHIN_A_SMALL_DISK : {}),
      },
      ...(smallDisk instanceof SmallDisk ? { walFolder: smallDisk.walFolder } : {}),
      chatProgram: await buildChatWithFailPoints(),
      environmentOf: (name, environment) => throughLines(lines, name, environment),
    });
    for (const { name } of cluster.nodes) mkdirSync(join(failPoints, name));
    return {
      cluster,
      lines,
      smallDisk,
      arm: (node, failPoint) => writeFileSync(join(failPoints, node, failPoint), ""),
      disarm: (node, failPoint) => rmSync(join(failPoints, node, failPoint), { force: true }),
      async stop() {
        await cluster.stop();
        await cleanUp();
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

const WITHIN_A_SMALL_DISK = { max_wal_size: "24MB", min_wal_size: "4MB" };

async function throughLines(
  all: Map<string, Lines>,
  name: string,
  environment: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv> {
  const { DATABASE_URL = "", REDIS_URL = "" } = environment;
  const lines = all.get(name) ?? {
    database: await TcpProxy.start(DATABASE_URL),
    redis: await TcpProxy.start(REDIS_URL),
  };
  all.set(name, lines);
  return {
    ...environment,
    DATABASE_URL: lines.database.through(DATABASE_URL),
    REDIS_URL: lines.redis.through(REDIS_URL),
  };
}

export function linesOf(world: World, { name }: RunningService): Lines {
  const lines = world.lines.get(name);
  if (!lines) throw new Error(`no lines of ${name}`);
  return lines;
}

/** Starts or does it, again and again until whatever it needs is there. */
export async function untilDone(work: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + DONE_WITHIN_MS;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** How many sockets the nodes that run have closed because nothing was read on them. */
export async function slowConsumersOf({ cluster }: World): Promise<number> {
  const name = 'moim_closed_total{code="slow_consumer"}';
  const counts = await Promise.all(cluster.nodes.map((node) => metricOf(node, name)));
  return counts.reduce((sum, count) => sum + count, 0);
}

export function connectionsOf(node: RunningService): Promise<number> {
  return metricOf(node, "moim_connections");
}

/** 0 where there is none, and of a node that is down or stands still. */
async function metricOf({ port }: RunningService, name: string): Promise<number> {
  const signal = AbortSignal.timeout(METRICS_WITHIN_MS);
  const page = await fetch(`http://127.0.0.1:${port}/metrics`, { signal }).then(
    (answer) => answer.text(),
    () => "",
  );
  const line = page.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

/** Starts whatever a fault has left dead, so that one failure does not make all that follow fail. */
export async function makeWhole({ cluster }: World): Promise<void> {
  const { auth, nodes, postgres, redis } = cluster;
  if (postgres.process.exit() !== undefined) await untilDone(() => cluster.restartPostgres());
  if (redis.process.exit() !== undefined) await untilDone(() => cluster.restartRedis());
  if (auth.process.exit() !== undefined) await untilDone(() => cluster.restartAuth());
  for (const node of [...nodes]) {
    if (node.process.exit() !== undefined) await untilDone(() => cluster.restartNode(node));
  }
}
