import { setTimeout as wait } from "node:timers/promises";
import { planCrowd, type Shape } from "./crowd-plan.ts";
import { countOf, discrepancyOf } from "./discrepancy.ts";
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

/** Since the sockets were connected. */
type Arrived = { answeredInAll: number; deliveredInAll: number };

export type Measured = Totals &
  Arrived & {
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

  private constructor(server: Server) {
    this.#server = server;
  }

  static async gather(server: Server, shape: Shape): Promise<Bench> {
    const bench = new Bench(server);
    try {
      await bench.#generator.connect(await planCrowd(server, shape));
      return bench;
    } catch (error) {
      await bench.end();
      throw error;
    }
  }

  /** Rejects when a message was lost or doubled at any socket. */
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
    const arrived = await this.#allHasArrived();
    return {
      ...{ ...counts, ...arrived },
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

  /** What was sent and what arrived, once every socket has got all of its room's messages. */
  async #allHasArrived(): Promise<Arrived> {
    const endAt = performance.now() + ARRIVED_WITHIN_MS;
    for (;;) {
      const { answered, delivered } = await this.#generator.account();
      const discrepancy = discrepancyOf({ answered, delivered });
      if (discrepancy === undefined) {
        return { answeredInAll: countOf(answered), deliveredInAll: countOf(delivered) };
      }
      if (performance.now() > endAt) throw new Error(discrepancy);
      await wait(LOOK_MS);
    }
  }
}

/** A crowd at each server for as long as the work goes on: none outlives it, also when it fails. */
export async function withCrowds<const Servers extends readonly Server[], Result>(
  servers: Servers,
  shape: Shape,
  work: (...crowds: { [Place in keyof Servers]: Bench }) => Promise<Result>,
): Promise<Result> {
  const crowds: Bench[] = [];
  try {
    for (const server of servers) crowds.push(await Bench.gather(server, shape));
    return await work(...(crowds as { [Place in keyof Servers]: Bench }));
  } finally {
    // Each of them, whatever becomes of the others; what failed first is what is told.
    await Promise.allSettled(crowds.map((crowd) => crowd.end()));
  }
}

function cpuSince(now: CpuSeconds, before: CpuSeconds): CpuSeconds {
  return {
    nodes: now.nodes - before.nodes,
    postgres: now.postgres - before.postgres,
    redis: now.redis - before.redis,
  };
}
