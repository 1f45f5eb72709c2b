import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startWorld } from "./faults/world.ts";
import { type Options, readOptions } from "./options.ts";
import { type Closing, closingOf } from "./report/closing.ts";
import { keepLogs } from "./report/logs.ts";
import type { Summary } from "./report/summary.ts";
import { tableOf } from "./report/table.ts";
import { fastPlan, longPlan, planOf, type Stage } from "./scenarios/plan.ts";
import { Pool } from "./scenarios/pool.ts";
import { ListenerCounter } from "./soak/listeners.ts";
import { judge, soak } from "./soak/soak.ts";
import { notRun, runStages, type Suite } from "./suite.ts";
import { watchCommits } from "./workload/truth.ts";

/*
 * `pnpm test:faults`: people talk on a cluster of real processes, everything that can break is broken, and what
 * each client did and saw is judged afterwards. Ends with `N passed, N failed`.
 */

const SHRINK_WITHIN_MS = { fast: 60_000, long: 600_000, soak: 0 };

const KEPT = fileURLToPath(new URL("../../.cache/faults", import.meta.url));
const LOGS = join(KEPT, "logs");
const JSON_FILE = join(KEPT, "report.json");

const say = (text: string) => process.stdout.write(`${text}\n`);

async function run(options: Options): Promise<readonly Summary[]> {
  const counter = new ListenerCounter();
  const world = await startWorld(options.mode === "soak" ? counter.environment : {});
  try {
    await watchCommits(world.cluster.postgresUrl);
    const pool = await Pool.fill(world);
    const shrinkWithinMs = SHRINK_WITHIN_MS[options.mode];
    const suite = { world, pool, say, shrinkWithinMs };
    const summaries =
      options.mode === "soak"
        ? await runSoak(suite, counter, options)
        : await runStages(suite, stagesOf(options));
    if (summaries.some(({ verdict }) => verdict === "failed")) {
      keepLogs(world.cluster.logFolder, LOGS);
      say(`  what the services wrote is in ${LOGS}`);
    }
    return summaries;
  } finally {
    await world.stop();
    counter.close();
  }
}

/** What grew out of bounds is one failure more. */
async function runSoak(
  suite: Suite,
  counter: ListenerCounter,
  { soakMs, seed }: Options,
): Promise<Summary[]> {
  const { summaries, series } = await soak(suite, counter, soakMs, seed);
  const { lines, grown } = judge(series);
  say("");
  say(`${"at rest, after each round".padEnd(34)}    first   middle     last      end       slope`);
  for (const line of lines) say(line);
  const isBounded = grown.length === 0;
  if (!isBounded) say(`FAILED: grown out of bounds: ${grown.join("; ")}`);
  const line = notRun({ name: "everything stays bounded" }, seed, grown.join("; "));
  return [...summaries, { ...line, verdict: isBounded ? "passed" : "failed" }];
}

function stagesOf({ scenario, mode, seed, part }: Options): Stage[] {
  if (scenario === undefined) {
    const all = mode === "long" ? longPlan(seed) : fastPlan(seed);
    const from = (number: number) => Math.floor((all.length * number) / part.of);
    return all.slice(from(part.number - 1), from(part.number));
  }
  const stages = planOf(scenario, seed);
  if (stages.length === 0) throw new Error(`no scenario's name contains "${scenario}"`);
  return stages;
}

function report(summaries: readonly Summary[], json: string): void {
  say("");
  say(tableOf(summaries));
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify(summaries, undefined, 2)}\n`);
}

async function main(): Promise<void> {
  let closing: Closing = { lines: ["0 passed, 1 failed"], code: 1 };
  try {
    const options = readOptions(process.argv.slice(2));
    say(`faults, seed ${options.seed}`);
    const summaries = await run(options);
    report(summaries, options.json ?? JSON_FILE);
    closing = closingOf(summaries);
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  for (const line of closing.lines) say(line);
  process.exit(closing.code);
}

await main();
