import { writeFile } from "node:fs/promises";
import type { CapacityOptions } from "../arguments/parse-arguments.ts";
import { textOf } from "../arguments/thresholds.ts";
import { runReport } from "../report/run-report.ts";
import { toJson } from "../report/to-json.ts";
import { executeCapacity } from "../run/execute-capacity.ts";
import { EXIT_CODES, type Trial } from "../run/result.ts";
import { openSite } from "../site/open-site.ts";
import { LiveView, ms } from "../terminal/live-view.ts";
import { summaryOf } from "../terminal/summary.ts";

/** `pnpm loadtest capacity`: resolves to the exit code. */
export async function capacityCommand(
  options: CapacityOptions,
  signal: AbortSignal,
): Promise<number> {
  const site = await openSite(options, signal);
  try {
    const view = new LiveView(process.stdout, options.trialMs);
    const result = await executeCapacity(
      site,
      options,
      options.nodes,
      process.stdout.isTTY ? (moment, phase) => view.show(moment, phase) : () => {},
      (trial) => {
        view.clear();
        process.stdout.write(`${lineOf(trial)}\n`);
      },
    );
    view.clear();
    process.stdout.write(`${summaryOf(result.run).join("\n")}\n`);
    process.stdout.write(`  ${result.rate} messages/s hold ${textOf(options.hold)}\n\n`);
    if (options.json !== undefined) await writeFile(options.json, toJson(result));
    if (options.html !== undefined) await writeFile(options.html, runReport(result.run));
    return EXIT_CODES[result.run.outcome];
  } finally {
    await site.stop();
  }
}

export function lineOf({ rate, holds, why, deliveredPerSecond, deliveryP99 }: Trial): string {
  const deliveries = Math.round(deliveredPerSecond).toLocaleString("en");
  const figures = `${rate} messages/s, ${deliveries} deliveries/s, p99 ${ms(deliveryP99)}`;
  return `  ${holds ? "✓" : "✗"} ${figures}${why === undefined ? "" : `: ${why}`}`;
}
