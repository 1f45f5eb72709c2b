import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { startRedis } from "@moim/local";
import { connectRedisPair, type RedisPublisher } from "@moim/service";
import { pino } from "pino";
import { systemClock } from "../src/clock.ts";
import { Database } from "../src/persist/database.ts";
import { headsOf } from "../src/persist/membership.ts";
import { decodeAnnouncement, encodeAnnouncement } from "../src/presence/announcement.ts";
import { STATE_PART_USERS } from "../src/presence/bounds.ts";
import { OtherNodes } from "../src/presence/other-nodes.ts";
import { startBenchDatabase } from "./bench-database.ts";

/*
 * What grows with the number of nodes and users rather than with the work of one node, simulated for a fleet of
 * a million users with the node's own code. `pnpm --filter @moim/chat bench:fleet`
 */

const NODES = 125;
const USERS_PER_NODE = 8_000;
const ROOMS = 500_000;
const ROWS_PER_INSERT = 10_000;
const ROOMS_PER_SWEEP = 40_000;
const SWEEPS = 10;
const PUBLISHED = 20_000;
const PAYLOAD = "x".repeat(600);

const logger = pino({ level: "silent" });
const say = (text: string) => process.stdout.write(`${text}\n`);
/** Processor time of this process, which a busy machine does not lengthen. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};
/** The same of a backend of Postgres, by Linux's hundredths of a second. */
const backendCpuMs = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
const mebibytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);

/** A node that joins the fleet hears the state of every other one. */
function presence(): void {
  globalThis.gc?.();
  const memoryBefore = process.memoryUsage().rss;
  const others = new OtherNodes({
    clock: systemClock,
    ask() {},
    onChanged() {},
    async onSilent() {},
    onNode() {},
  });
  let bytes = 0;
  let spentMs = 0;
  const parts = USERS_PER_NODE / STATE_PART_USERS;
  for (let node = 0; node < NODES; node++) {
    for (let part = 1; part <= parts; part++) {
      const present = Array.from({ length: STATE_PART_USERS }, () => randomUUID());
      const text = encodeAnnouncement({
        ...{ type: "state", from: `chat-${node}`, number: 1, at: Date.now() },
        ...{ part, parts, present },
      });
      bytes += text.length;
      const startedAt = cpuMs();
      const announcement = decodeAnnouncement(text);
      if (announcement && announcement.type !== "ask") others.receive(announcement);
      spentMs += cpuMs() - startedAt;
    }
  }
  globalThis.gc?.();
  const held = process.memoryUsage().rss - memoryBefore;
  const known = new Set<string>();
  others.addTo(known);
  say(`presence: ${NODES} nodes of ${USERS_PER_NODE} users, as one node hears them`);
  say(`  ${known.size} users known, ${mebibytes(held)} MiB held`);
  say(`  ${mebibytes(bytes)} MiB to hear and ${spentMs.toFixed(0)} ms of CPU, when a node joins`);
  const startedAt = cpuMs();
  for (let count = 0; count < 10_000; count++) others.has("nobody");
  say(
    `  ${(((cpuMs() - startedAt) / 10_000) * 1e3).toFixed(1)} µs to find out that somebody is absent`,
  );
}

/** Every node compares the rooms of its sockets with the database all 2.5 s. */
async function sweeps(): Promise<void> {
  const database = await startBenchDatabase(logger);
  try {
    for (let start = 0; start < ROOMS; start += ROWS_PER_INSERT) {
      await database.pool.query(
        `INSERT INTO chat.rooms (id, kind, created_by, member_count)
         SELECT gen_random_uuid(), 'group', gen_random_uuid(), 2 FROM generate_series(1, ${ROWS_PER_INSERT})`,
      );
    }
    await database.pool.query("ANALYZE chat.rooms");
    const { rows } = await database.pool.query<{ id: string }>("SELECT id FROM chat.rooms");
    const ids = rows.map(({ id }) => id);
    const view = new Database(database.pool);
    const { rows: backends } = await database.pool.query<{ pid: number }>(
      "SELECT pg_backend_pid() AS pid",
    );
    const pid = backends[0]?.pid ?? 0;
    const [nodeBefore, postgresBefore] = [cpuMs(), backendCpuMs(pid)];
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      const from = (sweep * ROOMS_PER_SWEEP) % (ROOMS - ROOMS_PER_SWEEP);
      await view.read((db) => headsOf(db, ids.slice(from, from + ROOMS_PER_SWEEP)));
    }
    const micros = (ms: number) => ((ms / SWEEPS / ROOMS_PER_SWEEP) * 1e3).toFixed(1);
    say(`sweeps: ${ROOMS_PER_SWEEP} rooms of ${ROOMS}`);
    say(`  a room: ${micros(cpuMs() - nodeBefore)} µs of the node`);
    say(`          ${micros(backendCpuMs(pid) - postgresBefore)} µs of Postgres`);
  } finally {
    await database.stop();
  }
}

async function redisSeconds(publisher: RedisPublisher): Promise<number> {
  const text = await publisher.info("cpu");
  const value = (name: string) => Number(new RegExp(`${name}:(\\S+)`).exec(text)?.[1]);
  return value("used_cpu_user") + value("used_cpu_sys");
}

/** One announcement reaches every node that holds a member of the room. */
async function announcements(): Promise<void> {
  const redis = await startRedis();
  say(`announcements: ${PAYLOAD.length} bytes to so many nodes`);
  for (const nodes of [1, 4, 16]) {
    const pairs = Array.from({ length: nodes }, () => connectRedisPair(redis.url, "bench", logger));
    await Promise.all(
      pairs.flatMap((pair) =>
        [pair.publisher, pair.subscriber].map(
          (one) => new Promise<void>((resolve) => one.once("ready", () => resolve())),
        ),
      ),
    );
    await Promise.all(pairs.map(({ subscriber }) => subscriber.ssubscribe("room")));
    const [first] = pairs;
    if (!first) throw new Error("a node publishes");
    const { publisher } = first;
    const before = await redisSeconds(publisher);
    for (let sent = 0; sent < PUBLISHED; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => publisher.spublish("room", PAYLOAD)));
    }
    const spent = (await redisSeconds(publisher)) - before;
    say(`  ${nodes}: ${((spent / PUBLISHED) * 1e6).toFixed(1)} µs of Redis`);
    for (const pair of pairs) {
      pair.publisher.disconnect();
      pair.subscriber.disconnect();
    }
  }
  await redis.stop();
}

say(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
presence();
await sweeps();
await announcements();
