import type { Strike } from "../faults/fault.ts";
import type { Summary } from "../report/summary.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { SINGLES } from "../scenarios/single.ts";
import { notRun, runStages, type Suite } from "../suite.ts";
import { leftovers } from "./leftovers.ts";
import type { ListenerCounter } from "./listeners.ts";
import { type Sample, sampleOf } from "./sample.ts";
import { growth, type Point, slopePerHour } from "./slope.ts";

/** After the last one has gone: longer than a token's grace, so that nothing of them need be kept. */
const REST_MS = 12_000;
const ROUND_MS = 25_000;
/** All sweeps but the hourly ones have been there by then. */
const SWEPT_AFTER_MS = 75_000;
/** Faults that no process dies of: a new process has no past to be slow or large of. */
const GENTLE = [
  ["reconnect storm", 2_100],
  ["answers dropped after the commit", 2_000],
  ["half-open sockets", 2_500],
  ["frozen readers", 2_500],
  ["redis cut off from one node", 2_500],
  ["redis paused", 2_000],
  ["postgres paused", 2_000],
  ["connection cut in mid-commit", 1_500],
  ["nginx reloaded", 500],
] as const;

export type Series = ReadonlyMap<string, readonly Point[]>;

/**
 * Round after round of talk and faults, each with new people; in between, everything is measured at rest. In the end,
 * when time is over, what has grown old so has to bear every fault there is.
 */
export async function soak(
  suite: Suite,
  counter: ListenerCounter,
  soakMs: number,
  seed: number,
): Promise<{ summaries: Summary[]; series: Series }> {
  const endAt = Date.now() + soakMs;
  const summaries: Summary[] = [];
  const series = new Map<string, Point[]>();
  for (let round = 1; Date.now() < endAt || round <= 3; round += 1) {
    const planned = { scenario: roundOf(round), seed: seed + round };
    summaries.push(...(await runStages(suite, [[planned]])));
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    add(series, await sampleOf(suite.world.cluster, counter));
  }
  summaries.push(...(await oldAge(suite, seed)));
  return { summaries, series };
}

/** Every fault there is, once, on processes that have been through all of this; then nothing may be left behind. */
async function oldAge(suite: Suite, seed: number): Promise<Summary[]> {
  const stages = SINGLES.map(({ name, ...scenario }) => [
    { scenario: { ...scenario, name: `${name}, in old age` }, seed },
  ]);
  const summaries = await runStages(suite, stages);
  await new Promise((resolve) => setTimeout(resolve, SWEPT_AFTER_MS));
  const { postgresUrl, redis } = suite.world.cluster;
  const left = await leftovers(postgresUrl, redis.port);
  for (const line of left) suite.say(`FAILED: left behind: ${line}`);
  const verdict = left.length === 0 ? "passed" : "failed";
  const line = notRun({ name: "nothing is left behind" }, seed, left.join("; "));
  return [...summaries, { ...line, verdict }];
}

function roundOf(round: number): Scenario {
  const scheduled = (random: () => number): Strike[] =>
    [3_000, 9_000, 15_000, 20_000].map((atMs) => {
      const [fault, lastMs] = GENTLE[Math.floor(random() * GENTLE.length)] ?? GENTLE[0];
      return { fault, atMs, lastMs, pick: random() };
    });
  return { name: `round ${round}`, loadMs: ROUND_MS, schedule: scheduled, mayMiss: true };
}

function add(series: Map<string, Point[]>, sample: Sample): void {
  const at = Date.now();
  for (const [name, value] of sample)
    series.set(name, [...(series.get(name) ?? []), { at, value }]);
}

/** How much more than before is still no leak, by the end of a measured thing's name. */
const ALLOWED: readonly (readonly [end: string, more: number, share: number])[] = [
  // Nginx keeps up to 16 connections to auth open for each of its workers, and opens them as they are needed;
  // each chat node keeps one, and so does whoever measures.
  ["connections accepted", 40, 0],
  ["memory MB", 15, 0.15],
  // Garbage has been collected: what is left is held. In half an hour this is 12 MB an hour.
  ["heap MB", 2, 0],
  ["open files", 8, 0.1],
  ["handles", 8, 0.1],
  [": emitters", 20, 0.2],
  ["listeners each", 2, 0],
  ["listeners of one event", 5, 0],
  ["listeners of signals", 20, 0],
  ["listeners", 100, 0.1],
  ["emitters", 50, 0.1],
  ["redis keys", 20, 0.5],
  ["redis channels", 20, 0.5],
  ["database connections", 4, 0.1],
  // Rows go after some minutes: so many as people came and went within them.
  ["rows of chat.membership_changes", 400, 0.5],
  ["", 20, 0.2],
];

/** Each measured thing as a line, and those that grew out of bounds. */
export function judge(series: Series): { lines: string[]; grown: string[] } {
  const lines: string[] = [];
  const grown: string[] = [];
  for (const [name, points] of series) {
    const { before, after } = growth(points);
    const [, more, share] = ALLOWED.find(([end]) => name.endsWith(end)) ?? ["", 0, 0];
    const [first, last] = [points[0]?.value ?? 0, points.at(-1)?.value ?? 0];
    const slope = `${slopePerHour(points.slice(Math.floor(points.length / 3))).toFixed(1)}/h`;
    const values = [first, before, after, last].map((value) => value.toFixed(1).padStart(9));
    lines.push(`${name.padEnd(34)}${values.join("")}${slope.padStart(12)}`);
    if (after > before + Math.max(more, before * share))
      grown.push(`${name}: ${before} → ${after}`);
  }
  return { lines, grown };
}
