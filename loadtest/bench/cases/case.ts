import type { Server } from "../servers/server.ts";

export type Settings = {
  /** Alternating runs; what is reported is their median. */
  rounds: number;
  warmUpMs: number;
  windowMs: number;
  /** Part of the sockets, rooms and rows of the real case: 1, less for a look during development. */
  scale: number;
};

export type Outcome = {
  /** What was measured, as the table shows it. */
  moim: string;
  relay: string;
  /** Null where there is none: the work was not carried, or the case failed. */
  ratio: number | null;
  /** Of all server processes, Postgres and Redis included, in microseconds for each delivery. */
  cpuPerDelivery?: { moim: number; relay: number };
  /** Why there is no result. */
  failure?: string;
  /** All readings from which the medians were taken, and what stands beside them. */
  readings: Record<string, unknown>;
};

export type Case = {
  name: string;
  title: string;
  /** Whether the ratio must not be less than the goal, or not more. */
  sense: "at least" | "at most";
  goal: number;
  measure(settings: Settings): Promise<Outcome>;
};

/** Runs both one after the other, again and again, so that whatever slows the machine is shared. */
export async function alternate<One, Other>(
  rounds: number,
  one: () => Promise<One>,
  other: () => Promise<Other>,
): Promise<[One[], Other[]]> {
  const results: [One[], Other[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    results[0].push(await one());
    results[1].push(await other());
  }
  return results;
}

/** For cases that are read from the same runs: measures when the first asks. */
export function measuredOnce<Runs>(
  measure: (settings: Settings) => Promise<Runs>,
): (settings: Settings) => Promise<Runs> {
  let measured: Promise<Runs> | undefined;
  return (settings) => {
    measured ??= measure(settings);
    return measured;
  };
}

/** The steady metric: other work on the machine changes it less than rates. */
export function cpuOf(runs: readonly { cpuPerDelivery: number }[]): number {
  return median(runs.map((run) => run.cpuPerDelivery));
}

/** Ends what a case has started, also when the case fails. */
export async function withServers<const Servers extends readonly Server[], Result>(
  servers: Servers,
  work: (...servers: Servers) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(...servers);
  } finally {
    for (const server of servers) await server.stop();
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function perSecond(value: number): string {
  return `${Math.round(value).toLocaleString("en")}/s`;
}

export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}
