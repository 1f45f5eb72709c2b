import type { CapacityOptions } from "../arguments/parse-arguments.ts";
import { textOf } from "../arguments/thresholds.ts";
import { sweepReport } from "../report/sweep-report.ts";
import { thisMachine } from "../run/machine.ts";
import { type CapacityResult, EXIT_CODES, type Outcome, type SweepResult } from "../run/result.ts";
import { openSite } from "../site/open-site.ts";
import { searchVisibly } from "./capacity.ts";
import { checkReports, writeReports } from "./reports.ts";

/** The first of these that any part came to is what the whole came to. */
const WORST_FIRST: readonly Outcome[] = ["failed", "invalid", "missed", "passed"];

/** `pnpm loadtest sweep`: capacity with so many nodes, each time on a cluster of its own. */
export async function sweepCommand(
  options: CapacityOptions,
  nodeCounts: readonly number[],
  signal: AbortSignal,
): Promise<number> {
  await checkReports(options);
  const startedAt = new Date().toISOString();
  const capacities: CapacityResult[] = [];
  for (const nodes of nodeCounts) {
    process.stdout.write(`${nodes} ${nodes === 1 ? "node" : "nodes"}\n`);
    const site = await openSite({ ...options, nodes }, signal);
    try {
      capacities.push(await searchVisibly(site, options, nodes, signal));
    } finally {
      await site.stop();
    }
  }
  const outcome =
    WORST_FIRST.find((one) => capacities.some(({ run }) => run.outcome === one)) ?? "passed";
  const machine = capacities[0]?.run.machine ?? thisMachine();
  const sweep: SweepResult = {
    ...{ format: "moim-loadtest-1", kind: "sweep", startedAt, machine },
    ...{ scenario: options.scenario, hold: textOf(options.hold), outcome, capacities },
  };
  process.stdout.write(`${sweepLines(sweep).join("\n")}\n`);
  await writeReports(options, sweep, () => sweepReport(sweep));
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
