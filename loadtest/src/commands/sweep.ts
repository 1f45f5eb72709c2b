import { writeFile } from "node:fs/promises";
import type { CapacityOptions } from "../arguments/parse-arguments.ts";
import { textOf } from "../arguments/thresholds.ts";
import { sweepReport } from "../report/sweep-report.ts";
import { toJson } from "../report/to-json.ts";
import { executeCapacity } from "../run/execute-capacity.ts";
import { thisMachine } from "../run/machine.ts";
import { type CapacityResult, EXIT_CODES, type Outcome, type SweepResult } from "../run/result.ts";
import { openSite } from "../site/open-site.ts";
import { lineOf } from "./capacity.ts";

/** The first of these that any part came to is what the whole came to. */
const WORST_FIRST: readonly Outcome[] = ["failed", "invalid", "missed", "passed"];

/** `pnpm loadtest sweep`: capacity with so many nodes, each time on a cluster of its own. */
export async function sweepCommand(
  options: CapacityOptions,
  nodeCounts: readonly number[],
  signal: AbortSignal,
): Promise<number> {
  const startedAt = new Date().toISOString();
  const capacities: CapacityResult[] = [];
  for (const nodes of nodeCounts) {
    process.stdout.write(`${nodes} ${nodes === 1 ? "node" : "nodes"}\n`);
    const site = await openSite({ ...options, nodes }, signal);
    try {
      const onTrial = (trial: CapacityResult["trials"][number]) =>
        process.stdout.write(`${lineOf(trial)}\n`);
      capacities.push(await executeCapacity(site, options, nodes, () => {}, onTrial));
    } finally {
      await site.stop();
    }
  }
  const outcome =
    WORST_FIRST.find((one) => capacities.some(({ run }) => run.outcome === one)) ?? "passed";
  const sweep: SweepResult = {
    ...{ format: "moim-loadtest-1", kind: "sweep", startedAt, machine: thisMachine() },
    ...{ scenario: options.scenario, hold: textOf(options.hold), outcome, capacities },
  };
  process.stdout.write(`${sweepLines(sweep).join("\n")}\n`);
  if (options.json !== undefined) await writeFile(options.json, toJson(sweep));
  if (options.html !== undefined) await writeFile(options.html, sweepReport(sweep));
  return EXIT_CODES[outcome];
}

function sweepLines({ capacities }: SweepResult): string[] {
  const base = capacities[0]?.rate ?? 0;
  return [
    "",
    ...capacities.map(({ nodes, rate, deliveredPerSecond }) => {
      const deliveries = Math.round(deliveredPerSecond).toLocaleString("en");
      const speedUp = base > 0 ? `${(rate / base).toFixed(2)} × the first` : "";
      return `  ${nodes}: ${rate} messages/s, ${deliveries} deliveries/s  ${speedUp}`;
    }),
    "",
  ];
}
