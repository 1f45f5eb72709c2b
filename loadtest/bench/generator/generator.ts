import { Latencies } from "../../src/measure/latencies.ts";
import { WorkerPool } from "../../src/workers/worker-pool.ts";
import type { Account, Counts, GeneratorTasks, SocketPlan } from "./tasks.ts";

const WORKER = new URL("worker.ts", import.meta.url);
const AT_ONCE = 50;

export type Totals = Omit<Counts, "answers" | "deliveries"> & {
  answers: Latencies;
  deliveries: Latencies;
};

/** The generator: processes that share the sockets of a crowd evenly. Every method rejects when a send failed. */
export class Generator {
  readonly #pool: WorkerPool<GeneratorTasks, never>;

  constructor(processes: number) {
    this.#pool = new WorkerPool(WORKER, processes, () => {});
  }

  /** Resolves to the milliseconds until every socket was ready. */
  async connect(plans: readonly SocketPlan[], atOnce = AT_ONCE): Promise<number> {
    const startedAt = performance.now();
    const { size } = this.#pool;
    const own = (worker: number) => plans.filter((_, place) => place % size === worker);
    await this.#pool.askAll("connect", (worker) => ({ sockets: own(worker), atOnce }));
    return performance.now() - startedAt;
  }

  async saturate(inFlight: number): Promise<void> {
    await this.#pool.askAll("saturate", () => ({ inFlight }));
  }

  async pace(perSecond: number): Promise<void> {
    await this.#pool.askAll("pace", () => ({ perSecond: perSecond / this.#pool.size }));
  }

  async mark(): Promise<void> {
    await this.#pool.askAll("mark", () => null);
  }

  /** What all counted together; `cpuSeconds` and `seconds` are the busiest process's. */
  async read(): Promise<Totals> {
    const parts = await this.#pool.askAll("read", () => null);
    const sum = (key: "answered" | "delivered") =>
      parts.reduce((total, counts) => total + counts[key], 0);
    const most = (key: "cpuSeconds" | "seconds") => Math.max(...parts.map((part) => part[key]));
    return {
      answered: sum("answered"),
      delivered: sum("delivered"),
      answers: merged(parts.map(({ answers }) => answers)),
      deliveries: merged(parts.map(({ deliveries }) => deliveries)),
      cpuSeconds: most("cpuSeconds"),
      seconds: most("seconds"),
    };
  }

  async account(): Promise<Account> {
    const parts = await this.#pool.askAll("account", () => null);
    return {
      answered: parts.flatMap(({ answered }) => answered),
      delivered: parts.flatMap(({ delivered }) => delivered),
    };
  }

  /** Resolves once every send has been answered. */
  async stop(): Promise<void> {
    await this.#pool.askAll("stop", () => null);
  }

  async end(): Promise<void> {
    await this.#pool.stop();
  }
}

function merged(encoded: readonly string[]): Latencies {
  const all = new Latencies();
  for (const one of encoded) all.add(Latencies.decode(one));
  return all;
}
