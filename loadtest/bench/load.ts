import { setTimeout as wait } from "node:timers/promises";
import { planCrowd, type Shape } from "./crowd-plan.ts";
import { Generator, type Totals } from "./generator/generator.ts";
import type { CpuSeconds, Server } from "./servers/server.ts";

/** On two cores more processes would only take turns. */
const GENERATOR_PROCESSES = 2;
/** The last ones are on their way to their receivers: so long at the least, to see whether some come twice … */
const SETTLE_MS = 500;
/** … and at the most. */
const ARRIVED_WITHIN_MS = 30_000;

const LOOK_MS = 50;

export type Load =
  /** Every sender keeps so many on their way. */
  { saturate: number } | { pacePerSecond: number };

export type Measured = Totals & {
  deliveriesPerSecond: number;
  answersPerSecond: number;
  /** Of all server processes, in microseconds. */
  cpuPerDelivery: number;
  /** Parts of a core that the server's processes used. */
  serverCores: CpuSeconds;
  /** Part of a core that the busiest process of the generator used. */
  generatorCores: number;
};

/** A crowd at a server, and the loads that are put on it one after the other. */
export class Bench {
  readonly #server: Server;
  readonly #generator = new Generator(GENERATOR_PROCESSES);
  readonly #members: number;

  private constructor(server: Server, members: number) {
    this.#server = server;
    this.#members = members;
  }

  static async gather(server: Server, shape: Shape): Promise<Bench> {
    const bench = new Bench(server, shape.members);
    await bench.#generator.connect(await planCrowd(server, shape));
    return bench;
  }

  /** Rejects when a message was lost or doubled: what is fast then means nothing. */
  async measure(load: Load, warmUpMs: number, windowMs: number): Promise<Measured> {
    const generator = this.#generator;
    if ("saturate" in load) await generator.saturate(load.saturate);
    else await generator.pace(load.pacePerSecond);
    await wait(warmUpMs);
    await generator.mark();
    const cpuBefore = this.#server.cpuSeconds();
    await wait(windowMs);
    const cpu = cpuSince(this.#server.cpuSeconds(), cpuBefore);
    const counts = await generator.read();
    await generator.stop();
    await wait(SETTLE_MS);
    const { answeredInAll, deliveredInAll } = await this.#nothingIsMissing();
    return {
      ...{ ...counts, answeredInAll, deliveredInAll },
      deliveriesPerSecond: counts.delivered / counts.seconds,
      answersPerSecond: counts.answered / counts.seconds,
      cpuPerDelivery: ((cpu.nodes + cpu.postgres + cpu.redis) / counts.delivered) * 1e6,
      serverCores: {
        nodes: cpu.nodes / counts.seconds,
        postgres: cpu.postgres / counts.seconds,
        redis: cpu.redis / counts.seconds,
      },
      generatorCores: counts.cpuSeconds / counts.seconds,
    };
  }

  async end(): Promise<void> {
    await this.#generator.end();
  }

  async #nothingIsMissing(): Promise<Totals> {
    const endAt = performance.now() + ARRIVED_WITHIN_MS;
    for (;;) {
      const totals = await this.#generator.read();
      const { answeredInAll, deliveredInAll } = totals;
      const expected = answeredInAll * this.#members;
      if (deliveredInAll === expected) return totals;
      if (deliveredInAll > expected || performance.now() > endAt) {
        throw new Error(`${deliveredInAll} deliveries of ${answeredInAll} sends, not ${expected}`);
      }
      await wait(LOOK_MS);
    }
  }
}

function cpuSince(now: CpuSeconds, before: CpuSeconds): CpuSeconds {
  return {
    nodes: now.nodes - before.nodes,
    postgres: now.postgres - before.postgres,
    redis: now.redis - before.redis,
  };
}
