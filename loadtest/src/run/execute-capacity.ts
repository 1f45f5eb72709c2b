import { LIMITS } from "@moim/protocol";
import type { CapacityOptions } from "../arguments/parse-arguments.ts";
import { checkThreshold, type Threshold } from "../arguments/thresholds.ts";
import { saturationOf } from "../measure/saturation.ts";
import type { Site } from "../site/site.ts";
import { measuredOf, type OnMoment, resultOf } from "./execute-run.ts";
import { findCapacity } from "./find-capacity.ts";
import { LoadRun, type PartResult } from "./load-run.ts";
import type { CapacityResult, Trial } from "./result.ts";
import { unlessStopped } from "./unless-stopped.ts";

const NO_FAULTS = { killNode: [], restartRedis: [], rollingRestart: [] };
const PRECISION = 0.1;
/** Of the messages that were due, so many must have been sent, and answered. */
const DONE_SHARE_MIN = 0.97;
const WARM_UP_MS = 2_000;

/**
 * Searches for the highest rate that holds what `hold` asks: on one site, with the same people connected all
 * the time, and one verdict over everything that was sent. A rate that does not hold is tried once more: a short
 * trial is easily disturbed by something else, and only ever for the worse.
 */
export async function executeCapacity(
  site: Site,
  options: CapacityOptions,
  nodes: number,
  onMoment: OnMoment = () => {},
  onTrial: (trial: Trial) => void = () => {},
  signal?: AbortSignal,
): Promise<CapacityResult> {
  const startedAt = new Date().toISOString();
  const run = new LoadRun(site, options, onMoment);
  const { hold, trialMs, rate: from, users } = options;
  const trials: Trial[] = [];
  const parts: PartResult[] = [];
  const work = async () => {
    const connections = await run.prepare();
    await run.load({ rate: Math.min(from, 50), durationMs: WARM_UP_MS, faults: NO_FAULTS });
    const tryOnce = async (rate: number) => {
      const part = await run.load({ rate, durationMs: trialMs, faults: NO_FAULTS });
      const trial = trialOf(part, rate, hold);
      trials.push(trial);
      parts.push(part);
      onTrial(trial);
      return trial.holds;
    };
    const attempt = async (rate: number) => (await tryOnce(rate)) || (await tryOnce(rate));
    const max = users * LIMITS.sendsPerSecond;
    const found = await findCapacity(attempt, { from, max, precision: PRECISION });
    const verdict = await run.judge();
    const best = trials.findLastIndex(({ rate, holds }) => holds && rate === found);
    const part = parts[best] ?? parts.at(-1);
    if (part === undefined) throw new Error("nothing was tried");
    return {
      nodes,
      rate: found,
      deliveredPerSecond: trials[best]?.deliveredPerSecond ?? 0,
      trials,
      // A rate beyond what it can do leaves many without an answer in time; none may be without one for ever.
      run: resultOf({
        ...{ startedAt, site, options, connections, part, verdict, run },
        settings: { "messages/s": found, "duration s": trialMs / 1_000 },
      }),
    };
  };
  try {
    return await unlessStopped(signal, work());
  } finally {
    await run.stop();
  }
}

function trialOf(part: PartResult, rate: number, hold: Threshold): Trial {
  const { latencies, durationMs, servers, generators } = part;
  const seconds = durationMs / 1_000;
  const delivery = latencies.delivery.summary();
  const saturated = saturationOf(generators, latencies.lateness.summary());
  const measured = { delivery, ack: latencies.ack.summary(), service: latencies.service.summary() };
  const held = checkThreshold(hold, measuredOf(measured));
  const due = latencies.lateness.count;
  const isDone = latencies.ack.count >= due * DONE_SHARE_MIN;
  const why = [
    ...(held.holds ? [] : [`${hold.path} ${held.measured?.toFixed(0) ?? "not measured"}`]),
    ...(isDone ? [] : [`${due - latencies.ack.count} messages without an answer`]),
    ...saturated,
  ];
  return {
    rate,
    holds: why.length === 0,
    why: why[0],
    sentPerSecond: due / seconds,
    deliveredPerSecond: delivery.count / seconds,
    deliveryP50: delivery.p50,
    deliveryP99: delivery.p99,
    ackP99: measured.ack.p99,
    cpu: cpuByKind(servers),
  };
}

/** Of one core, over the time in which it was sampled. */
function cpuByKind(servers: PartResult["servers"]): Record<string, number> {
  const cpu: Record<string, number> = {};
  for (const { kind, cpu: samples } of servers) {
    const known = samples.filter((value) => value !== null);
    const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(known.length, 1);
    cpu[kind] = (cpu[kind] ?? 0) + mean;
  }
  return cpu;
}
