import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** How busy this process was while it generated load. */
export type GeneratorLoad = {
  /** Of the time, in which the event loop was not idle. */
  utilization: number;
  /** Milliseconds that the event loop was late, 99th percentile. */
  loopLagP99: number;
  /** Of one core. */
  cpu: number;
};

const RESOLUTION_MS = 10;

/** Watches this process from now until `stop`. */
export function watchGenerator(): { stop(): GeneratorLoad } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const utilization = performance.eventLoopUtilization();
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  return {
    stop() {
      delay.disable();
      const used = process.cpuUsage(cpu);
      return {
        utilization: performance.eventLoopUtilization(utilization).utilization,
        loopLagP99: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS),
        cpu: (used.user + used.system) / 1e3 / (performance.now() - startMs),
      };
    },
  };
}

export type GeneratorLimits = { utilization: number; loopLagP99Ms: number; latenessP99Ms: number };

/**
 * A generator beyond these measures itself: it reads late what came in time, and sends late what was due.
 * What it then says about the server is worth nothing.
 */
export const GENERATOR_LIMITS: GeneratorLimits = {
  utilization: 0.9,
  loopLagP99Ms: 50,
  latenessP99Ms: 50,
};

/** Why the numbers of a run cannot be trusted; empty if they can. */
export function saturationOf(
  workers: readonly GeneratorLoad[],
  lateness: { count: number; p99: number },
  limits = GENERATOR_LIMITS,
): string[] {
  const reasons: string[] = [];
  for (const [index, { utilization, loopLagP99 }] of workers.entries()) {
    const worker = `worker ${index + 1}`;
    if (utilization > limits.utilization) {
      reasons.push(`${worker} was busy ${Math.round(utilization * 100)} % of the time`);
    }
    if (loopLagP99 > limits.loopLagP99Ms) {
      reasons.push(`${worker} was more than ${loopLagP99.toFixed(0)} ms behind 1 % of the time`);
    }
  }
  if (lateness.count > 0 && lateness.p99 > limits.latenessP99Ms) {
    reasons.push(
      `1 % of the messages left the generator more than ${lateness.p99.toFixed(0)} ms late`,
    );
  }
  return reasons;
}
