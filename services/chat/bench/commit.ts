import { createLogger, runMain } from "@moim/service";
import { Registry } from "prom-client";
import { createMetrics } from "../src/metrics.ts";
import { Database } from "../src/persist/database.ts";
import { MessageLog } from "../src/persist/message-log.ts";
import { appendAlone } from "./append-alone.ts";
import { type BenchDatabase, makeRooms, startBenchDatabase } from "./bench-database.ts";
import { idleLatencies } from "./idle-latency.ts";
import { median, quantile } from "./statistics.ts";
import { type Append, sendsPerSecond } from "./throughput.ts";

/*
 * Durable sends per second of one node with group commit, against one transaction per send, in one
 * run on one database; then the latency of an idle node. Fails when group commit is not worth it.
 */

const SENDERS = 200;
const ROOMS = 50;
const MEMBERS_PER_ROOM = 20;
const ROUNDS = 5;
const ROUND_MS = 2_500;
const WARM_UP_MS = 1_000;
const RATIO_MIN = 5;
const IDLE_SENDS = 500;
/** Each sends 28 at most, below the burst that a node allows. */
const IDLE_SENDERS = 20;

const logger = createLogger({ service: "bench" }, "error", process.stderr);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Resolves to the ratio of the medians. Rounds alternate, so that whatever slows both is shared. */
async function compare({ pool, durability }: BenchDatabase): Promise<number> {
  const log = new MessageLog(new Database(pool), createMetrics(new Registry()), () => {});
  const grouped: Append = (send) => log.append(send);
  const alone: Append = (send) => appendAlone(pool, send);
  const rooms = await makeRooms(pool, ROOMS, MEMBERS_PER_ROOM);
  const measure = (append: Append, durationMs: number) =>
    sendsPerSecond(append, rooms, SENDERS, durationMs);
  for (const append of [grouped, alone]) await measure(append, WARM_UP_MS);

  print(`Durable sends/s: ${SENDERS} senders, ${ROOMS} rooms, ${durability}\n`);
  print("round       group commit    one transaction each");
  const rates: { grouped: number[]; alone: number[] } = { grouped: [], alone: [] };
  for (let round = 1; round <= ROUNDS; round++) {
    const groupedRate = await measure(grouped, ROUND_MS);
    const aloneRate = await measure(alone, ROUND_MS);
    rates.grouped.push(groupedRate);
    rates.alone.push(aloneRate);
    print(row(String(round), groupedRate, aloneRate));
  }
  print(row("median", median(rates.grouped), median(rates.alone)));
  return median(rates.grouped) / median(rates.alone);
}

function row(title: string, grouped: number, alone: number): string {
  return `${title.padEnd(8)}${grouped.toFixed(0).padStart(16)}${alone.toFixed(0).padStart(24)}`;
}

async function measureIdle({ pool, url }: BenchDatabase): Promise<void> {
  const rooms = await makeRooms(pool, IDLE_SENDERS, 2);
  const latencies = await idleLatencies(url, rooms, IDLE_SENDS, logger);
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  print(`\nAcknowledgement of an idle node, ${IDLE_SENDS} sends one after the other, end to end:`);
  print(`p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
}

runMain(async () => {
  const database = await startBenchDatabase(logger);
  try {
    const ratio = await compare(database);
    print(`ratio   ${ratio.toFixed(1)} (at least ${RATIO_MIN} is the goal)`);
    await measureIdle(database);
    if (ratio < RATIO_MIN) process.exitCode = 1;
  } finally {
    await database.stop();
  }
});
