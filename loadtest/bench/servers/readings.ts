import { readFileSync } from "node:fs";
import { metricOf } from "../../src/measure/metrics-page.ts";

/** Resident memory of a process, as Linux counts it. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kibibytes) * 1_024;
}

/** A Prometheus histogram without labels: observations up to each bound, and what they add up to. */
export type Histogram = { upTo: ReadonlyMap<number, number>; count: number; sum: number };

/** Of all these nodes together. */
export async function readHistogram(ports: readonly number[], name: string): Promise<Histogram> {
  const upTo = new Map<number, number>();
  let [count, sum] = [0, 0];
  for (const port of ports) {
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    for (const [, bound, number] of page.matchAll(bucketsOf(name))) {
      upTo.set(Number(bound), (upTo.get(Number(bound)) ?? 0) + Number(number));
    }
    count += metricOf(page, `${name}_count`) ?? Number.NaN;
    sum += metricOf(page, `${name}_sum`) ?? Number.NaN;
  }
  return { upTo, count, sum };
}

function bucketsOf(name: string): RegExp {
  return new RegExp(`^${name}_bucket\\{le="([\\d.]+)"\\} (\\d+)$`, "gm");
}

/** The mean of what was observed between two readings, and the bound that so large a part stays under. */
export function between(
  before: Histogram | undefined,
  now: Histogram,
  part: number,
): { mean: number; under: number } {
  const count = now.count - (before?.count ?? 0);
  const mean = (now.sum - (before?.sum ?? 0)) / count;
  for (const [bound, number] of [...now.upTo].sort(([one], [other]) => one - other)) {
    if (number - (before?.upTo.get(bound) ?? 0) >= part * count) return { mean, under: bound };
  }
  return { mean, under: Number.POSITIVE_INFINITY };
}
