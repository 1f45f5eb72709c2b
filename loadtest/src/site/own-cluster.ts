import { type Cluster, startCluster } from "@moim/local";
import type { RunOptions } from "../arguments/parse-arguments.ts";
import { type ObservedProcess, observePid, observeService } from "../measure/observed-process.ts";
import { versionOf } from "../measure/version-of.ts";
import { mintUsers } from "./mint.ts";
import type { FaultControls, Site } from "./site.ts";

/** Longer than any run. */
const TOKEN_SECONDS = 4 * 3_600;
/** Of a node that has been killed, before it comes back. */
const DEAD_MS = 2_000;
const REDIS_AWAY_MS = 1_000;
/** Shorter than as shipped: a rolling restart is to fit into a short run. */
const DRAIN_MS = 3_000;
/** The proxy's limit is for one person's address; all of ours come from a few. */
const UNLIMITED_PER_SECOND = 100_000;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export type OwnClusterOptions = Pick<RunOptions, "nodes" | "users" | "via" | "expireTokensMs"> & {
  signal?: AbortSignal | undefined;
};

/** Starts Moim on this machine as it is deployed, with throw-away data that is really written. */
export async function startOwnCluster(options: OwnClusterOptions): Promise<Site> {
  const { nodes, users, via, expireTokensMs, signal } = options;
  const ttlSeconds = expireTokensMs === undefined ? undefined : Math.ceil(expireTokensMs / 1_000);
  const cluster = await startCluster({
    nodes,
    spareNodes: 0,
    connectionsPerSecond: UNLIMITED_PER_SECOND,
    connectionsBurst: UNLIMITED_PER_SECOND,
    postgresSettings: { fsync: "on" },
    environment: {
      DRAIN_MS: String(DRAIN_MS),
      ...(ttlSeconds === undefined ? {} : { ACCESS_TOKEN_TTL_SECONDS: String(ttlSeconds) }),
    },
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const minted = await mintUsers(cluster.postgresUrl, users, ttlSeconds ?? TOKEN_SECONDS);
    return {
      url: cluster.url,
      socketUrls:
        via === "proxy"
          ? [cluster.url]
          : cluster.nodes.map(({ port }) => `http://127.0.0.1:${port}`),
      authUrl: `http://127.0.0.1:${cluster.auth.port}`,
      users: minted,
      askers: async () =>
        ttlSeconds === undefined ? minted : mintUsers(cluster.postgresUrl, users, TOKEN_SECONDS),
      processes: () => processesOf(cluster),
      versions: versionsOf(cluster),
      faults: new ClusterFaults(cluster),
      description: `${nodes} chat ${nodes === 1 ? "node" : "nodes"}, ${via === "proxy" ? "through Nginx" : "connected to directly"}; Postgres with fsync, Redis; all on this machine`,
      stop: () => cluster.stop(),
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function processesOf(cluster: Cluster): ObservedProcess[] {
  const pageOf = (port: number) => `http://127.0.0.1:${port}/metrics`;
  return [
    ...cluster.nodes.map(({ name, port }) => observeService(name, "chat", pageOf(port))),
    observeService("auth", "auth", pageOf(cluster.auth.port)),
    observePid("postgres", "postgres", () => cluster.postgres.pid),
    observePid("redis", "redis", () => cluster.redis.pid),
    observePid("nginx", "proxy", () => cluster.nginx.pid),
  ];
}

/** As the very programs say that are running. */
function versionsOf({ postgres, redis, nginx }: Cluster): Record<string, string> {
  return {
    Postgres: versionOf(postgres.pid, "--version"),
    Redis: versionOf(redis.pid, "--version"),
    Nginx: versionOf(nginx.pid, "-v"),
  };
}

class ClusterFaults implements FaultControls {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async killNode(): Promise<void> {
    const [node] = this.#cluster.nodes;
    if (node === undefined) return;
    await node.kill();
    await wait(DEAD_MS);
    await this.#cluster.restartNode(node);
  }

  async restartRedis(): Promise<void> {
    this.#cluster.redis.process.kill("SIGKILL");
    await wait(REDIS_AWAY_MS);
    await this.#cluster.restartRedis();
  }

  async rollingRestart(): Promise<void> {
    for (const node of [...this.#cluster.nodes]) {
      await node.stop();
      await this.#cluster.restartNode(node);
    }
  }
}
