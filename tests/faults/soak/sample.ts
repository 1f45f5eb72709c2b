import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Cluster } from "@moim/local";
import type { Client } from "pg";
import { childrenOf } from "../faults/children-of.ts";
import { ask } from "../workload/truth.ts";
import type { ListenerCounter } from "./listeners.ts";

/** What is looked at, by its name, such as `chat-1 memory MB`. */
export type Sample = Map<string, number>;

/** As the kernel writes it. */
const ESTABLISHED = "01";
const MEGABYTE = 1024 * 1024;
/** What Prometheus would read: whatever a process has open, in Node's own words. */
const METRICS = ["nodejs_active_resources_total", "nodejs_heap_size_used_bytes"] as const;

/** Everything that must stay bounded, measured while nobody is connected. */
export async function sampleOf(cluster: Cluster, counter: ListenerCounter): Promise<Sample> {
  const sample: Sample = new Map();
  const processes = [
    ...[...cluster.nodes, cluster.auth].map(({ name, pid }) => ({ name, pid })),
    { name: "redis", pid: cluster.redis.pid },
    { name: "postgres", pid: cluster.postgres.pid },
    { name: "nginx", pid: cluster.nginx.pid },
  ];
  for (const { name, pid } of processes) {
    // Of the database and the proxy the processes that do the work are its children.
    const all = [pid, ...childrenOf(pid)];
    sample.set(`${name} memory MB`, sum(all.map(megabytesOf)));
    sample.set(`${name} open files`, readdirSync(`/proc/${pid}/fd`).length);
  }
  // What others keep open to a service is theirs to close: each is one file and one handle less of its own.
  const taken = connectionsByPort();
  for (const { name, port, pid } of [...cluster.nodes, cluster.auth]) {
    const { classes, emitters, listeners, most, signalListeners } = await counter.countOf(pid);
    sample.set(`${name} emitters`, emitters);
    sample.set(`${name} listeners`, listeners);
    sample.set(`${name} listeners of one event`, most);
    // What a pool opens brings its listeners along: of each emitter there must not be more.
    for (const [className, counts] of Object.entries(classes)) {
      sample.set(`${name} ${className}: emitters`, counts.emitters);
      sample.set(`${name} ${className}: listeners each`, counts.listeners / counts.emitters);
    }
    sample.set(`${name} listeners of signals`, signalListeners);
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    for (const metric of METRICS) {
      const value = Number(new RegExp(`^${metric} (\\S+)$`, "m").exec(page)?.[1] ?? 0);
      const [what, unit] = metric.includes("bytes") ? ["heap MB", MEGABYTE] : ["handles", 1];
      sample.set(`${name} ${what}`, value / unit);
    }
    const accepted = taken.get(port) ?? 0;
    sample.set(`${name} connections accepted`, accepted);
    for (const what of ["open files", "handles"]) {
      sample.set(`${name} ${what}`, (sample.get(`${name} ${what}`) ?? 0) - accepted);
    }
  }
  await sampleRedis(cluster, sample);
  await sampleTables(cluster, sample);
  return sample;
}

/** What several processes share counts once, over all of them. A child may just have ended. */
function megabytesOf(pid: number): number {
  const file = `/proc/${pid}/smaps_rollup`;
  const memory = existsSync(file) ? readFileSync(file, "utf8") : "";
  return Number(/^Pss:\s+(\d+) kB$/m.exec(memory)?.[1] ?? 0) / 1024;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** How many connections each port of this machine has accepted, and are still there. */
function connectionsByPort(): Map<number, number> {
  const [, ...lines] = readFileSync("/proc/net/tcp", "utf8").trim().split("\n");
  const counts = new Map<number, number>();
  for (const line of lines) {
    const [, local = "", , state] = line.trim().split(/\s+/);
    if (state !== ESTABLISHED) continue;
    const port = Number.parseInt(local.split(":")[1] ?? "", 16);
    counts.set(port, (counts.get(port) ?? 0) + 1);
  }
  return counts;
}

/** What people and their messages leave for good, or for a week; whatever else there is must stay bounded. */
const GROWING: ReadonlySet<string> = new Set([
  ...["chat.rooms", "chat.members", "chat.messages", "chat.last_seen"],
  ...["auth.users", "auth.sessions", "auth.refresh_tokens"],
]);

async function sampleTables(cluster: Cluster, sample: Sample): Promise<void> {
  await ask(cluster.postgresUrl, async (client: Client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      "select schemaname || '.' || tablename as name from pg_tables where schemaname in ('auth', 'chat')",
    );
    for (const { name } of tables) {
      if (GROWING.has(name)) continue;
      const { rows } = await client.query<{ count: string }>(`select count(*) from ${name}`);
      sample.set(`rows of ${name}`, Number(rows[0]?.count));
    }
    // Each refresh leaves one; what a session keeps of them is bounded by its token's lifetime.
    const { rows: kept } = await client.query<{ share: string }>(
      `select coalesce((select count(*) from auth.refresh_tokens)::float8
         / nullif((select count(*) from auth.sessions), 0), 0) as share`,
    );
    sample.set("refresh tokens of a session", Number(kept[0]?.share));
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
