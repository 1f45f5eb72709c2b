import type { Curve, RunResult } from "../run/result.ts";
import type { LatencyName } from "../run/tally.ts";
import { ms } from "../terminal/live-view.ts";
import type { Series } from "./charts.ts";
import { card, chartWith, count, latencyTick, table, WIDE } from "./page.ts";

/** The further to the right, the rarer: 90 %, 99 %, 99.9 % lie equally far from each other. */
export function percentileCard({ curves }: RunResult): string {
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
  const chart = { series, xTicks, xLabel: "of all took no longer", yLabel: "latency" };
  const body = chartWith({ ...chart, scale: "log", formatY: latencyTick }, WIDE);
  return card("How long deliveries and acknowledgements took", body, true);
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
  toSlow: "deliver to those who had stopped reading",
  fetched: "deliver what was missed, by fetching",
  catchUp: "catch up after a reconnect",
  lateness: "generator's own lateness",
};

export function latencyTable({ latencies }: RunResult): string {
  const head = ["", "count", "p50", "p90", "p99", "p99.9", "max"];
  const rows = (Object.entries(LATENCY_TITLES) as [LatencyName, string][])
    .filter(([name]) => latencies[name].count > 0)
    .map(([name, title]) => {
      const { count: times, p50, p90, p99, p999, max } = latencies[name];
      return [title, count(times), ...[p50, p90, p99, p999, max].map(ms)];
    });
  return card("Latencies", table(head, rows), true);
}
