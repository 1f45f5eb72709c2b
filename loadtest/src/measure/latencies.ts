import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";

/** Microseconds; whatever takes longer counts as this. */
const LATENCY_MICROS_MAX = 600_000_000;
const DIGITS = 3;
const MICROS_PER_MS = 1_000;

export const PERCENTILES = [50, 90, 95, 99, 99.9, 99.99] as const;

/** Milliseconds. */
export type LatencySummary = {
  count: number;
  min: number;
  mean: number;
  max: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
  p9999: number;
};

/** A distribution of durations, exact to three digits, that merges with those of other processes. */
export class Latencies {
  #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_MICROS_MAX,
    numberOfSignificantValueDigits: DIGITS,
  });

  static decode(encoded: string): Latencies {
    const latencies = new Latencies();
    if (encoded !== "") latencies.#histogram = decodeFromCompressedBase64(encoded);
    return latencies;
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  record(micros: number): void {
    this.#histogram.recordValue(Math.min(Math.max(Math.round(micros), 0), LATENCY_MICROS_MAX));
  }

  add(other: Latencies): void {
    if (other.count > 0) this.#histogram.add(other.#histogram);
  }

  reset(): void {
    this.#histogram.reset();
  }

  /** For another process; empty for none. */
  encode(): string {
    return this.count === 0 ? "" : encodeIntoCompressedBase64(this.#histogram);
  }

  /** Milliseconds below which `percentile` (0 to 100) of the durations lie. */
  percentileMs(percentile: number): number {
    return this.#histogram.getValueAtPercentile(percentile) / MICROS_PER_MS;
  }

  summary(): LatencySummary {
    const isEmpty = this.count === 0;
    return {
      count: this.count,
      min: isEmpty ? 0 : this.#histogram.minNonZeroValue / MICROS_PER_MS,
      mean: isEmpty ? 0 : this.#histogram.mean / MICROS_PER_MS,
      max: this.#histogram.maxValue / MICROS_PER_MS,
      p50: this.percentileMs(50),
      p90: this.percentileMs(90),
      p95: this.percentileMs(95),
      p99: this.percentileMs(99),
      p999: this.percentileMs(99.9),
      p9999: this.percentileMs(99.99),
    };
  }
}
