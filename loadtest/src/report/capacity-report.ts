import type { CapacityResult, Trial } from "../run/result.ts";
import { ms } from "../terminal/live-view.ts";
import { escapeHtml, type Series } from "./charts.ts";
import { card, count, footer, page, table, WIDE } from "./page.ts";
import { runCards, tiles, verdictBox } from "./run-report.ts";
import { pointsOf, trialsChart } from "./trials-chart.ts";

/** The search for the highest rate, and then the trial that found it as any run. */
export function capacityReport({ rate, trials, run, nodes }: CapacityResult, hold: string): string {
  const cluster = `${nodes} ${nodes === 1 ? "node" : "nodes"}`;
  return page(
    `Capacity: ${run.scenario}`,
    [
      `<h1>${count(rate)} messages a second: ${escapeHtml(run.scenario)}, ${cluster}</h1>`,
      `<p class="soft">The highest rate at which ${escapeHtml(hold)} (milliseconds); ${escapeHtml(run.site)}</p>`,
      verdictBox(run),
      tiles(run),
      `<div class="cards">${[...trialCards(trials), ...runCards(run)].join("\n")}</div>`,
      footer(run),
    ].join("\n"),
  );
}

function trialCards(trials: readonly Trial[]): string[] {
  const those = (isHeld: boolean) => pointsOf(trials.filter(({ holds }) => holds === isHeld));
  const series: Series[] = [
    { name: "holds", colour: "s3", points: those(true) },
    { name: "does not hold", colour: "s2", isDashed: true, points: those(false) },
  ].filter(({ points }) => points.length > 0);
  const rows = trials.map((trial) => [
    count(trial.rate),
    count(trial.deliveredPerSecond),
    ...[trial.deliveryP50, trial.deliveryP99, trial.ackP99].map(ms),
    trial.holds ? "✓" : (trial.why ?? "✗"),
  ]);
  const head = ["messages/s", "deliveries/s", "delivery p50", "p99", "ack p99", ""];
  return [
    card("What was tried", trialsChart(series, WIDE), true),
    card("One after the other", table(head, rows), true),
  ];
}
