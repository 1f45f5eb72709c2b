import type { SweepResult } from "../run/result.ts";
import { ms } from "../terminal/live-view.ts";
import { escapeHtml, type Series } from "./charts.ts";
import { card, chartWith, colourOf, count, footer, page, table } from "./page.ts";
import { pointsOf, trialsChart } from "./trials-chart.ts";

/** What more nodes brought, against what they would bring if each added as much as the first. */
export function sweepReport(sweep: SweepResult): string {
  return page(
    `Sweep: ${sweep.scenario}`,
    [
      `<h1>What one more node buys: ${escapeHtml(sweep.scenario)}</h1>`,
      `<p class="soft">The highest rate at which ${escapeHtml(sweep.hold)} (milliseconds), each with a cluster of its own</p>`,
      `<div class="cards">${sweepCards(sweep).join("\n")}</div>`,
      footer({ ...sweep, settings: sweep.capacities[0]?.run.settings ?? {} }),
    ].join("\n"),
  );
}

/** So much above the ideal line is no measuring error. */
const BEYOND_IDEAL = 1.2;

function sweepCards({ capacities }: SweepResult): string[] {
  const base = capacities[0];
  const ticks = capacities.map(({ nodes }) => ({ at: nodes, label: String(nodes) }));
  const speedUps: Series[] = [
    {
      name: "measured",
      colour: "s1",
      points: capacities.map(({ nodes, rate }) => [
        nodes,
        base && base.rate > 0 ? rate / base.rate : null,
      ]),
    },
    {
      name: "ideal: each node adds as much as the first",
      colour: "s4",
      isDashed: true,
      points: capacities.map(({ nodes }) => [nodes, nodes / (base?.nodes ?? 1)]),
    },
  ];
  const trials: Series[] = capacities.map(({ nodes, trials: tried }, index) => ({
    name: `${nodes} ${nodes === 1 ? "node" : "nodes"}`,
    colour: colourOf(index),
    points: pointsOf(tried),
  }));
  return [
    card(
      "Speed-up",
      chartWith({
        series: speedUps,
        xTicks: ticks,
        xLabel: "nodes",
        yLabel: "times the first",
        scale: "linear",
        formatY: (value) => `${value.toFixed(1)} ×`,
      }),
    ),
    card("What was tried", trialsChart(trials)),
    card("Results", capacityTable(capacities), true),
    card("Read this with the machine in mind", `<p>${escapeHtml(sweepNote(capacities))}</p>`, true),
  ];
}

function sweepNote(capacities: SweepResult["capacities"]): string {
  const cores = capacities[0]?.run.machine.cores ?? 0;
  const most = Math.max(...capacities.map(({ nodes }) => nodes));
  // Postgres, Redis, the proxy, auth and the generator want some too.
  const base = capacities[0];
  const isDisturbed = capacities.some(
    ({ nodes, rate }) => base && rate / base.rate > (nodes / base.nodes) * BEYOND_IDEAL,
  );
  if (isDisturbed) {
    return (
      "More than the ideal is not a speed-up: something else held up the smaller clusters, such as a disk that " +
      "others write to. Run the sweep again where nothing else runs."
    );
  }
  if (cores >= most * 2 + 4) return `${cores} cores carried everything, the generator included.`;
  return (
    `All nodes, Postgres, Redis, the proxy and the generator share ${cores} cores here, so that one node more ` +
    "finds no processor to run on: this shows what several nodes cost, not what they bring. For that, run the sweep " +
    "where each node has cores of its own."
  );
}

function capacityTable(capacities: SweepResult["capacities"]): string {
  const base = capacities[0]?.rate ?? 0;
  const rows = capacities.map(({ nodes, rate, deliveredPerSecond, trials, run }) => {
    const best = trials.find((trial) => trial.rate === rate);
    const cpu = (kind: string) => `${count((best?.cpu[kind] ?? 0) * 100)} %`;
    return [
      String(nodes),
      count(rate),
      count(deliveredPerSecond),
      base > 0 ? `${(rate / base).toFixed(2)} ×` : "–",
      best ? ms(best.deliveryP99) : "–",
      ...["chat", "postgres", "redis", "proxy"].map(cpu),
      run.verdict.passed ? "nothing lost" : "failed",
    ];
  });
  const head = [
    "nodes",
    "messages/s",
    "deliveries/s",
    "speed-up",
    "p99",
    "chat",
    "Postgres",
    "Redis",
    "Nginx",
    "verdict",
  ];
  return table(head, rows);
}
