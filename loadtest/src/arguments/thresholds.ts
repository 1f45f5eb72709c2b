import { UsageError } from "./usage-error.ts";

/** `delivery.p99<100`: the path of a number in the report, and what it must be. */
export type Threshold = { path: string; comparison: "<" | "<=" | ">" | ">="; value: number };

export type ThresholdResult = Threshold & { measured: number | undefined; holds: boolean };

/** Throws `UsageError`. A unit at the end (ms, /s, %) is for the reader. */
export function parseThreshold(text: string): Threshold {
  const match = /^([A-Za-z0-9_.-]+)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(?:ms|\/s|%)?$/.exec(
    text.trim(),
  );
  const [, path, comparison, value] = match ?? [];
  if (path === undefined || comparison === undefined || value === undefined) {
    throw new UsageError(
      `--threshold ${text}: such as "delivery.p99<100ms" or "perSecond.delivered>5000"`,
    );
  }
  return { path, comparison: comparison as Threshold["comparison"], value: Number(value) };
}

/** A number that the results lack does not hold: a misspelt threshold must not pass for ever. */
export function checkThreshold(threshold: Threshold, results: object): ThresholdResult {
  const measured = numberAt(threshold.path, results);
  return { ...threshold, measured, holds: measured !== undefined && holds(threshold, measured) };
}

export function textOf({ path, comparison, value }: Threshold): string {
  return `${path} ${comparison} ${value}`;
}

function numberAt(path: string, results: object): number | undefined {
  let value: unknown = results;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === "number" ? value : undefined;
}

function holds({ comparison, value }: Threshold, measured: number): boolean {
  switch (comparison) {
    case "<":
      return measured < value;
    case "<=":
      return measured <= value;
    case ">":
      return measured > value;
    case ">=":
      return measured >= value;
  }
}
