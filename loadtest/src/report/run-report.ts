import type { Outcome, RunResult } from "../run/result.ts";
import { ms } from "../terminal/live-view.ts";
import { besides } from "../terminal/summary.ts";
import { escapeHtml } from "./charts.ts";
import { latencyTable, percentileCard } from "./latency-cards.ts";
import { connectionsCard, generatorCard, memoryCard, processorCard } from "./node-cards.ts";
import { count, footer, page } from "./page.ts";
import { timelineCard } from "./timeline-card.ts";

const OUTCOMES: Record<Outcome, string> = {
  passed: "Passed",
  failed: "Failed",
  invalid: "Not to be trusted",
  missed: "Threshold missed",
};

/** A whole run as one file that needs nothing else. */
export function runReport(result: RunResult): string {
  return page(
    `Load test: ${result.scenario}`,
    [
      `<h1>${escapeHtml(result.scenario)}, ${count(result.connections.wanted)} people</h1>`,
      `<p class="soft">${escapeHtml(result.site)}</p>`,
      verdictBox(result),
      tiles(result),
      `<div class="cards">${runCards(result).join("\n")}</div>`,
      footer(result),
    ].join("\n"),
  );
}

/** Of one run, or of what a search for the highest rate has found. */
export function runCards(result: RunResult): string[] {
  return [
    timelineCard(result),
    percentileCard(result),
    latencyTable(result),
    processorCard(result),
    memoryCard(result),
    connectionsCard(result),
    generatorCard(result),
  ];
}

export function verdictBox(result: RunResult): string {
  const { outcome, verdict, generator, notes } = result;
  const { lost, doubled, outOfOrder, wrongRoom } = verdict.violations;
  const reasons = [...verdict.findings.slice(0, 10), ...generator.saturated];
  return `<section class="verdict ${outcome}"><strong>${OUTCOMES[outcome]}</strong>
<span>${count(lost)} lost · ${count(doubled)} doubled · ${count(outOfOrder)} out of order · ${count(wrongRoom)} in the wrong room</span>
<span class="soft">${count(verdict.acknowledged)} acknowledged and ${count(verdict.stored)} stored messages, held against what ${count(verdict.receivers)} receivers got</span>
${[...besides(result), ...notes].map((line) => `<span class="soft">${escapeHtml(line.trim())}</span>`).join("\n")}
${reasons.length > 0 ? `<ul class="findings">${reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join("")}</ul>` : ""}</section>`;
}

export function tiles({ latencies, perSecond, connections, servers, counters }: RunResult): string {
  const chat = servers.filter(({ kind }) => kind === "chat");
  const cpuSeconds = chat.reduce((sum, one) => sum + one.cpuSeconds, 0);
  const deliveries = chat.reduce((sum, one) => sum + one.deliveries, 0);
  const shown: [string, string][] = [
    [count(perSecond.delivered), "deliveries a second"],
    [count(perSecond.sent), "messages a second"],
    [ms(latencies.delivery.p99), "delivery, p99"],
    [ms(latencies.ack.p99), "acknowledgement, p99"],
    [count(connections.wanted - connections.notConnected), "connections"],
    [
      deliveries > 0 ? `${((cpuSeconds / deliveries) * 1e6).toFixed(1)} µs` : "–",
      "of the nodes, a delivery",
    ],
    [count(counters.fetched), "fetched after a loss"],
  ];
  return `<div class="tiles">${shown
    .map(([value, name]) => `<div class="tile"><b>${value}</b><span>${name}</span></div>`)
    .join("")}</div>`;
}
