import type { CapacityOptions } from "../arguments/parse-arguments.ts";
import { textOf } from "../arguments/thresholds.ts";
import { capacityReport } from "../report/capacity-report.ts";
import { executeCapacity } from "../run/execute-capacity.ts";
import type { OnMoment } from "../run/execute-run.ts";
import { type CapacityResult, EXIT_CODES, type Trial } from "../run/result.ts";
import { openSite } from "../site/open-site.ts";
import type { Site } from "../site/site.ts";
import { LiveView, ms } from "../terminal/live-view.ts";
import { summaryOf } from "../terminal/summary.ts";
import { checkReports, writeReports } from "./reports.ts";

/** `pnpm loadtest capacity`: resolves to the exit code. */
export async function capacityCommand(
  options: CapacityOptions,
  signal: AbortSignal,
): Promise<number> {
  await checkReports(options);
  const site = await openSite(options, signal);
  try {
    const result = await searchVisibly(site, options, options.nodes, signal);
    process.stdout.write(`${summaryOf(result.run).join("\n")}\n`);
    process.stdout.write(`  ${result.rate} messages/s hold ${textOf(options.hold)}\n\n`);
    await writeReports(options, result, () => capacityReport(result, textOf(options.hold)));
    return EXIT_CODES[result.run.outcome];
  } finally {
    await site.stop();
  }
}

/** A line for each trial; on a terminal also what goes on meanwhile. */
export async function searchVisibly(
  site: Site,
  options: CapacityOptions,
  nodes: number,
  signal: AbortSignal,
): Promise<CapacityResult> {
  const view = new LiveView(process.stdout, options.trialMs);
  const show: OnMoment = (moment, phase) => {
    if (process.stdout.isTTY) view.show(moment, phase);
  };
  const onTrial = (trial: Trial) => {
    view.clear();
    process.stdout.write(`${lineOf(trial)}\n`);
  };
  const result = await executeCapacity(site, options, nodes, show, onTrial, signal);
  view.clear();
  return result;
}

function lineOf({ rate, holds, why, deliveredPerSecond, deliveryP99 }: Trial): string {
  const deliveries = Math.round(deliveredPerSecond).toLocaleString("en");
  const figures = `${rate} messages/s, ${deliveries} deliveries/s, p99 ${ms(deliveryP99)}`;
  return `  ${holds ? "✓" : "✗"} ${figures}${why === undefined ? "" : `: ${why}`}`;
}
