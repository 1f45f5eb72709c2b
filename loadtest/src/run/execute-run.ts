import type { RunOptions } from "../arguments/parse-arguments.ts";
import { checkThreshold } from "../arguments/thresholds.ts";
import { type Latencies, type LatencySummary, PERCENTILES } from "../measure/latencies.ts";
import { saturationOf } from "../measure/saturation.ts";
import type { Site } from "../site/site.ts";
import { LoadRun, type PartResult } from "./load-run.ts";
import { thisMachine } from "./machine.ts";
import { notesOn } from "./notes.ts";
import type { Curve, Moment, Outcome, RunResult, Verdict } from "./result.ts";
import { LATENCY_NAMES } from "./tally.ts";
import { unlessStopped } from "./unless-stopped.ts";

export type OnMoment = (moment: Moment, phase: string) => void;

/** One whole run on a site: everybody connects, talks, and what came of it is compared. */
export async function executeRun(
  site: Site,
  options: RunOptions,
  onMoment: OnMoment = () => {},
  signal?: AbortSignal,
): Promise<RunResult> {
  const startedAt = new Date().toISOString();
  const run = new LoadRun(site, options, onMoment);
  const work = async () => {
    const connections = await run.prepare();
    const { rate, durationMs, faults } = options;
    const part = await run.load({ rate, durationMs, faults });
    const verdict = await run.judge();
    return resultOf({ startedAt, site, options, connections, part, verdict, run });
  };
  try {
    return await unlessStopped(signal, work());
  } finally {
    await run.stop();
  }
}

export type ResultParts = {
  startedAt: string;
  site: Pick<Site, "description" | "versions">;
  options: RunOptions;
  connections: RunResult["connections"];
  part: PartResult;
  verdict: Verdict;
  run: Pick<LoadRun, "summary">;
  /** Where they are others than the options say. */
  settings?: Record<string, string | number>;
};

export function resultOf(parts: ResultParts): RunResult {
  const { startedAt, site, options, connections, part, verdict, run } = parts;
  const { latencies } = part;
  const summaries = Object.fromEntries(
    LATENCY_NAMES.map((name) => [name, latencies[name].summary()]),
  ) as RunResult["latencies"];
  const { counters, errors } = run.summary();
  const seconds = part.durationMs / 1_000;
  const perSecond = {
    sent: latencies.lateness.count / seconds,
    acknowledged: latencies.ack.count / seconds,
    delivered: latencies.delivery.count / seconds,
  };
  const saturated = saturationOf(part.generators, summaries.lateness);
  if (connections.notConnected > 0)
    saturated.push(`${connections.notConnected} users did not connect`);
  const unserved = unservedOf(verdict, counters.refused);
  verdict.findings.push(...unserved);
  const measured = { ...measuredOf(summaries), ...counters, perSecond, connections, verdict };
  const thresholds = options.thresholds.map((one) => checkThreshold(one, measured));
  return {
    ...{ format: "moim-loadtest-1", kind: "run", startedAt, machine: thisMachine(site.versions) },
    site: site.description,
    scenario: options.scenario,
    settings: { ...settingsOf(options), ...parts.settings },
    outcome: outcomeOf(verdict.passed && unserved.length === 0, saturated, thresholds),
    ...{ verdict, connections, counters, errors, perSecond, thresholds },
    generator: { workers: part.generators, saturated },
    latencies: summaries,
    curves: {
      delivery: curveOf(latencies.delivery),
      ack: curveOf(latencies.ack),
      service: curveOf(latencies.service),
    },
    timeline: part.timeline,
    faults: part.faults,
    servers: part.servers,
    notes: notesOn(options, part, errors),
  };
}

/** Nothing of it is lost, as nobody was promised anything; and yet the server owes each request an answer. */
function unservedOf({ unanswered, unansweredChanges }: Verdict, refused: number): string[] {
  const counts: [number, string][] = [
    [unanswered, "messages never had an answer"],
    [unansweredChanges, "edits, deletions and reactions never had an answer"],
    [refused, "messages were refused"],
  ];
  return counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}

/** Where nothing was measured, zero milliseconds are no good result: a threshold does not hold there. */
export function measuredOf<Name extends string>(
  summaries: Record<Name, LatencySummary>,
): Partial<Record<Name, LatencySummary>> {
  const measured = (Object.entries(summaries) as [Name, LatencySummary][]).filter(
    ([, { count }]) => count > 0,
  );
  return Object.fromEntries(measured) as Partial<Record<Name, LatencySummary>>;
}

/** What went wrong counts before what was measured badly, and that before what was slow. */
export function outcomeOf(
  isServed: boolean,
  saturated: readonly string[],
  thresholds: readonly { holds: boolean }[],
): Outcome {
  if (!isServed) return "failed";
  if (saturated.length > 0) return "invalid";
  return thresholds.every(({ holds }) => holds) ? "passed" : "missed";
}

/** Finer towards the end, where it matters: to the last of so many. */
function curveOf(latencies: Latencies): Curve {
  if (latencies.count === 0) return [];
  const points = new Set<number>([0, 10, 20, 30, 40, ...PERCENTILES]);
  for (let rest = 50; rest > Math.max(100 / latencies.count, 0.0005); rest /= 1.6) {
    points.add(100 - rest);
  }
  return [...points, 100]
    .sort((one, other) => one - other)
    .map((percentile) => [percentile, latencies.percentileMs(percentile)]);
}

function settingsOf(options: RunOptions): Record<string, string | number> {
  const { users, rooms, members, rate, payload, rampMs, durationMs, seed, workers } = options;
  return {
    users,
    ...(rooms === undefined ? {} : { rooms }),
    members,
    "messages/s": rate,
    "payload bytes": payload,
    "ramp s": rampMs / 1_000,
    "duration s": durationMs / 1_000,
    seed,
    workers,
    client: options.client,
    ...(options.expireTokensMs === undefined
      ? {}
      : { "tokens live s": options.expireTokensMs / 1_000 }),
  };
}
