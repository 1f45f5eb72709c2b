import type { Trial } from "../run/result.ts";
import type { Series } from "./charts.ts";
import { chartWith, latencyTick, rateTicks } from "./page.ts";

/** What each rate that was tried came to, as a line of `trialsChart`. */
export function pointsOf(trials: readonly Trial[]): [number, number][] {
  return trials
    .map(({ rate, deliveryP99 }): [number, number] => [rate, deliveryP99])
    .sort(([one], [other]) => one - other);
}

export function trialsChart(series: readonly Series[], width?: number): string {
  const rates = series.flatMap(({ points }) => points.map(([rate]) => rate));
  const axes = { xTicks: rateTicks(rates), xLabel: "messages a second", yLabel: "delivery p99" };
  return chartWith({ series, ...axes, scale: "log", formatY: latencyTick }, width);
}
