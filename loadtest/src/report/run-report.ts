import { textOf } from "../arguments/thresholds.ts";
import { type Curve, isSkewed, type Outcome, type RunResult } from "../run/result.ts";
import type { LatencyName } from "../run/tally.ts";
import { ms } from "../terminal/live-view.ts";
import { escapeHtml, type Mark, type Series, secondTicks } from "./charts.ts";
import {
  card,
  chartWith,
  colourOf,
  count,
  footer,
  latencyTick,
  page,
  table,
  WIDE,
} from "./page.ts";

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

function runCards(result: RunResult): string[] {
  return [
    timelineCard(result),
    card("How long deliveries and acknowledgements took", percentileChart(result), true),
    latencyTable(result),
    serverCard(
      result,
      "Processor, of one core",
      (one) => one.cpu,
      (value) => `${count(value * 100)} %`,
    ),
    serverCard(
      result,
      "Memory",
      (one) => one.memoryBytes.map(mebibytes),
      (value) => `${count(value)} MiB`,
    ),
    connectionsCard(result),
    generatorCard(result),
  ];
}

const mebibytes = (bytes: number | null) => (bytes === null ? null : bytes / 2 ** 20);

function verdictBox({ outcome, verdict, generator }: RunResult): string {
  const { lost, doubled, outOfOrder, wrongRoom } = verdict.violations;
  const reasons = [...verdict.findings.slice(0, 10), ...generator.saturated];
  return `<section class="verdict ${outcome}"><strong>${OUTCOMES[outcome]}</strong>
<span>${count(lost)} lost · ${count(doubled)} doubled · ${count(outOfOrder)} out of order · ${count(wrongRoom)} in the wrong room</span>
<span class="soft">${count(verdict.acknowledged)} acknowledged and ${count(verdict.stored)} stored messages, held against what ${count(verdict.receivers)} receivers got</span>
${reasons.length > 0 ? `<ul class="findings">${reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join("")}</ul>` : ""}</section>`;
}

function tiles({ latencies, perSecond, connections, servers, counters }: RunResult): string {
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

function timelineCard(result: RunResult): string {
  const { timeline, faults } = result;
  const marks: Mark[] = faults.map(({ second, endSecond, what }) => ({
    from: second,
    to: endSecond,
    label: what,
  }));
  const last = timeline.at(-1)?.second ?? 1;
  const shared = { xLabel: "", xTicks: secondTicks(last), marks, height: 240 };
  const rates: Series[] = [
    {
      name: "delivered a second",
      colour: "s3",
      points: timeline.map((one) => [one.second, one.delivered]),
    },
  ];
  const isMeasured = (value: number) => (value > 0 ? value : null);
  const latencies: Series[] = [
    {
      name: "delivery p99",
      colour: "s1",
      points: timeline.map((one) => [one.second, isMeasured(one.deliveryP99)]),
    },
    {
      name: "delivery p50",
      colour: "s5",
      points: timeline.map((one) => [one.second, isMeasured(one.deliveryP50)]),
    },
    {
      name: "acknowledgement p99",
      colour: "s2",
      points: timeline.map((one) => [one.second, isMeasured(one.ackP99)]),
    },
  ];
  return card(
    "Over time",
    chartWith(
      {
        ...shared,
        series: latencies,
        yLabel: "latency",
        scale: "log",
        formatY: latencyTick,
      },
      WIDE,
    ) +
      chartWith(
        {
          ...shared,
          series: rates,
          yLabel: "deliveries a second",
          scale: "linear",
          formatY: count,
        },
        WIDE,
      ),
    true,
  );
}

/** The further to the right, the rarer: 90 %, 99 %, 99.9 % lie equally far from each other. */
function percentileChart({ curves }: RunResult): string {
  const series: Series[] = [
    { name: "delivery", colour: "s1", points: curvePoints(curves.delivery) },
    {
      name: "acknowledgement, from when it was to be sent",
      colour: "s2",
      points: curvePoints(curves.ack),
    },
    {
      name: "acknowledgement, from when it left",
      colour: "s4",
      isDashed: true,
      points: curvePoints(curves.service),
    },
  ];
  const furthest = Math.max(1, ...series.flatMap(({ points }) => points.map(([x]) => x)));
  const xTicks = ["0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"]
    .map((label, at) => ({ at, label }))
    .filter(({ at }) => at <= furthest + 0.2);
  return chartWith(
    {
      series,
      xTicks,
      xLabel: "of all took no longer",
      yLabel: "latency",
      scale: "log",
      formatY: latencyTick,
    },
    WIDE,
  );
}

function curvePoints(curve: Curve): [number, number][] {
  return curve
    .filter(([percentile]) => percentile < 100)
    .map(([percentile, value]) => [-Math.log10(1 - percentile / 100), value]);
}

const LATENCY_TITLES: Record<LatencyName, string> = {
  connect: "connect, until subscribed",
  ack: "acknowledge",
  service: "acknowledge, from when it left",
  delivery: "deliver",
  catchUp: "catch up after a reconnect",
  lateness: "generator's own lateness",
};

function latencyTable({ latencies }: RunResult): string {
  const head = ["", "count", "p50", "p90", "p99", "p99.9", "max"];
  const rows = (Object.entries(LATENCY_TITLES) as [LatencyName, string][])
    .filter(([name]) => latencies[name].count > 0)
    .map(([name, title]) => {
      const { count: times, p50, p90, p99, p999, max } = latencies[name];
      return [title, count(times), ...[p50, p90, p99, p999, max].map(ms)];
    });
  return card("Latencies", table(head, rows), true);
}

function serverCard(
  { servers, timeline }: RunResult,
  title: string,
  valuesOf: (server: RunResult["servers"][number]) => readonly (number | null)[],
  formatY: (value: number) => string,
): string {
  const series = servers.map((server, index) => ({
    name: server.name,
    colour: colourOf(index),
    points: valuesOf(server).map((value, at): [number, number | null] => [at + 1, value]),
  }));
  const xTicks = secondTicks(timeline.at(-1)?.second ?? 1);
  const body = chartWith({ series, xTicks, xLabel: "", yLabel: "", scale: "linear", formatY });
  return card(title, body);
}

function connectionsCard({ connections, servers }: RunResult): string {
  const rows = Object.entries(connections.perNode).map(([node, connected]) => {
    const server = servers.find(({ name }) => name === node);
    const seconds = server?.cpu.filter((value) => value !== null).length ?? 0;
    const cpu = server && seconds > 0 ? `${count((server.cpuSeconds / seconds) * 100)} %` : "–";
    return [node, count(connected), cpu, server ? count(server.deliveries) : "–"];
  });
  const uneven = isSkewed(connections) ? "Unevenly spread: the" : "The";
  const note = `${uneven} fullest node has ${connections.skew.toFixed(2)} times the mean.`;
  return card(
    "Load of each node",
    `${table(["node", "connections", "processor", "deliveries"], rows)}<p class="soft">${note}</p>`,
  );
}

function generatorCard({ generator, thresholds, errors }: RunResult): string {
  const workers = generator.workers.map((one, index) => [
    `worker ${index + 1}`,
    `${count(one.utilization * 100)} %`,
    ms(one.loopLagP99),
    `${count(one.cpu * 100)} %`,
  ]);
  const held = thresholds.map((one) => [
    textOf(one),
    String(one.measured ?? "not measured"),
    one.holds ? "✓" : "✗",
  ]);
  const told = Object.entries(errors).map(([code, times]) => [code, count(times)]);
  return card(
    "The generator",
    table(["", "event loop busy", "its lag, p99", "processor"], workers) +
      (held.length > 0 ? table(["threshold", "measured", ""], held) : "") +
      (told.length > 0 ? table(["closed and refused", "times"], told) : ""),
  );
}
