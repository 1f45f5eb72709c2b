import type { RunOptions } from "../arguments/parse-arguments.ts";
import { runReport } from "../report/run-report.ts";
import { executeRun } from "../run/execute-run.ts";
import { EXIT_CODES } from "../run/result.ts";
import { openSite } from "../site/open-site.ts";
import { LiveView } from "../terminal/live-view.ts";
import { summaryOf } from "../terminal/summary.ts";
import { checkReports, writeReports } from "./reports.ts";

/** `pnpm loadtest run`: resolves to the exit code. */
export async function runCommand(options: RunOptions, signal: AbortSignal): Promise<number> {
  await checkReports(options);
  const site = await openSite(options, signal);
  try {
    const view = new LiveView(process.stdout, options.durationMs);
    const show = view.show.bind(view);
    const result = await executeRun(site, options, show, signal);
    view.clear();
    process.stdout.write(`${summaryOf(result).join("\n")}\n`);
    await writeReports(options, result, () => runReport(result));
    return EXIT_CODES[result.outcome];
  } finally {
    await site.stop();
  }
}
