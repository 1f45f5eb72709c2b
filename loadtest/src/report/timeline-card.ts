import type { Moment, RunResult } from "../run/result.ts";
import { type Series, secondTicks } from "./charts.ts";
import { card, chartWith, count, latencyTick, WIDE } from "./page.ts";

const line = (
  name: string,
  colour: string,
  timeline: readonly Moment[],
  pick: (moment: Moment) => number | null,
): Series => ({ name, colour, points: timeline.map((one) => [one.second, pick(one)]) });

/** A second in which nothing was measured is a hole. */
const measured = (value: number) => (value > 0 ? value : null);

/** Latencies and rates over the time of a run, with its faults. */
export function timelineCard({ timeline, faults }: RunResult): string {
  const shared = {
    ...{ xLabel: "", xTicks: secondTicks(timeline.at(-1)?.second ?? 1), height: 240 },
    marks: faults.map(({ second, endSecond, what }) => ({
      ...{ from: second, to: endSecond, label: what },
    })),
  };
  const latencies = [
    line("delivery p99", "s1", timeline, ({ deliveryP99 }) => measured(deliveryP99)),
    line("delivery p50", "s5", timeline, ({ deliveryP50 }) => measured(deliveryP50)),
    line("acknowledgement p99", "s2", timeline, ({ ackP99 }) => measured(ackP99)),
  ];
  const rates = [line("delivered a second", "s3", timeline, ({ delivered }) => delivered)];
  const latencyChart = { series: latencies, yLabel: "latency", formatY: latencyTick };
  const rateChart = { series: rates, yLabel: "deliveries a second", formatY: count };
  return card(
    "Over time",
    chartWith({ ...shared, ...latencyChart, scale: "log" }, WIDE) +
      chartWith({ ...shared, ...rateChart, scale: "linear" }, WIDE),
    true,
  );
}
