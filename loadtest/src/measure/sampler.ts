import type { ObservedProcess, ProcessKind, Reading } from "./observed-process.ts";

/** One process over the time of a run. */
export type ServerSeries = {
  name: string;
  kind: ProcessKind;
  /** Each second, of one core; null while it did not answer. */
  cpu: (number | null)[];
  /** Each second. */
  memoryBytes: (number | null)[];
  /** Of a chat node, each second. */
  connections: (number | null)[];
  cpuSeconds: number;
  deliveries: number;
  commits: number;
  commitSeconds: number;
  slowConsumers: number;
};

type Total = "cpuSeconds" | "deliveries" | "commits" | "commitSeconds" | "slowConsumers";

/** Reads every process once a second. A process that has been restarted counts from 0 again. */
export class Sampler {
  readonly #processes: () => readonly ObservedProcess[];
  readonly #series = new Map<string, ServerSeries>();
  readonly #last = new Map<string, { reading: Reading; atMs: number }>();

  constructor(processes: () => readonly ObservedProcess[]) {
    this.#processes = processes;
  }

  get series(): ServerSeries[] {
    return [...this.#series.values()];
  }

  /** The first one only sets the beginning. */
  async sample(): Promise<void> {
    await Promise.all(
      this.#processes().map(async (process) => {
        const reading = await process.read();
        this.#take(process, reading, performance.now());
      }),
    );
  }

  #take({ name, kind }: ObservedProcess, reading: Reading | undefined, atMs: number): void {
    const last = this.#last.get(name);
    const series = this.#series.get(name) ?? emptySeries(name, kind);
    const isFirst = !this.#series.has(name);
    this.#series.set(name, series);
    if (reading === undefined) {
      series.cpu.push(null);
      series.memoryBytes.push(null);
      series.connections.push(null);
      return;
    }
    this.#last.set(name, { reading, atMs });
    if (isFirst) return;
    const since = (field: Total) => {
      const [now, before] = [reading[field] ?? 0, last?.reading[field] ?? 0];
      return now >= before ? now - before : now;
    };
    const seconds = last === undefined ? 1 : (atMs - last.atMs) / 1_000;
    series.cpu.push(since("cpuSeconds") / Math.max(seconds, 0.1));
    series.memoryBytes.push(reading.memoryBytes);
    series.connections.push(reading.connections ?? null);
    series.cpuSeconds += since("cpuSeconds");
    series.deliveries += since("deliveries");
    series.commits += since("commits");
    series.commitSeconds += since("commitSeconds");
    series.slowConsumers += since("slowConsumers");
  }
}

function emptySeries(name: string, kind: ProcessKind): ServerSeries {
  return {
    ...{ name, kind, cpu: [], memoryBytes: [], connections: [] },
    ...{ cpuSeconds: 0, deliveries: 0, commits: 0, commitSeconds: 0, slowConsumers: 0 },
  };
}
