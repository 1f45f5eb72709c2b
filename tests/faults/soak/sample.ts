import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Cluster } from "@moim/local";
import type { Client } from "pg";
import { ask } from "../workload/truth.ts";

/** What is looked at, by its name, such as `chat-1 memory MB`. */
export type Sample = Map<string, number>;

const MEGABYTE = 1024 * 1024;
/** What Prometheus would read: whatever a process has open, in Node's own words. */
const METRICS = ["nodejs_active_resources_total", "nodejs_heap_size_used_bytes"] as const;

/** Everything that must stay bounded, measured while nobody is connected. */
export async function sampleOf(cluster: Cluster): Promise<Sample> {
  const sample: Sample = new Map();
  const processes = [
    ...[...cluster.nodes, cluster.auth].map(({ name, pid }) => ({ name, pid })),
    { name: "redis", pid: cluster.redis.pid },
    { name: "postgres", pid: cluster.postgres.pid },
    { name: "nginx", pid: cluster.nginx.pid },
  ];
  for (const { name, pid } of processes) {
    sample.set(`${name} memory MB`, residentMegabytes(pid));
    sample.set(`${name} open files`, readdirSync(`/proc/${pid}/fd`).length);
  }
  for (const { name, port } of [...cluster.nodes, cluster.auth]) {
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    for (const metric of METRICS) {
      const value = Number(new RegExp(`^${metric} (\\S+)$`, "m").exec(page)?.[1] ?? 0);
      const [what, unit] = metric.includes("bytes") ? ["heap MB", MEGABYTE] : ["handles", 1];
      sample.set(`${name} ${what}`, value / unit);
    }
  }
  await sampleRedis(cluster, sample);
  await sampleTables(cluster, sample);
  return sample;
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Tables that are swept, or hold one row for each thing that is alive. Messages may grow for ever. */
const SWEPT = ["chat.membership_changes", "auth.revocations"] as const;

async function sampleTables(cluster: Cluster, sample: Sample): Promise<void> {
  await ask(cluster.postgresUrl, async (client: Client) => {
    for (const table of SWEPT) {
      const { rows } = await client.query<{ count: string }>(`select count(*) from ${table}`);
      sample.set(`rows of ${table}`, Number(rows[0]?.count));
    }
    const { rows } = await client.query<{ count: string }>("select count(*) from pg_stat_activity");
    sample.set("database connections", Number(rows[0]?.count));
  });
}

async function sampleRedis(cluster: Cluster, sample: Sample): Promise<void> {
  const keys = await askRedis(cluster.redis.port, "DBSIZE");
  sample.set("redis keys", Number(/:(\d+)/.exec(keys)?.[1]));
  const channels = await askRedis(cluster.redis.port, "PUBSUB SHARDCHANNELS");
  sample.set("redis channels", Number(/^\*(\d+)/.exec(channels)?.[1]));
}

export async function askRedis(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${command}\r\n`));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.once("error", reject);
  });
}
