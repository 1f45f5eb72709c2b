import { writeFile } from "node:fs/promises";
import type { RunOptions } from "../arguments/parse-arguments.ts";
import { runReport } from "../report/run-report.ts";
import { toJson } from "../report/to-json.ts";
import { executeRun } from "../run/execute-run.ts";
import { EXIT_CODES } from "../run/result.ts";
import { openSite } from "../site/open-site.ts";
import { LiveView } from "../terminal/live-view.ts";
import { summaryOf } from "../terminal/summary.ts";

/** `pnpm loadtest run`: resolves to the exit code. */
export async function runCommand(options: RunOptions, signal: AbortSignal): Promise<number> {
  const site = await openSite(options, signal);
  try {
    const view = new LiveView(process.stdout, options.durationMs);
    const result = await executeRun(site, options, (moment, phase) => view.show(moment, phase));
    view.clear();
    process.stdout.write(`${summaryOf(result).join("\n")}\n`);
    if (options.json !== undefined) await writeFile(options.json, toJson(result));
    if (options.html !== undefined) await writeFile(options.html, runReport(result));
    return EXIT_CODES[result.outcome];
  } finally {
    await site.stop();
  }
}
