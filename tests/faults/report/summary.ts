import type { Strike } from "../faults/fault.ts";
import { journeysOf } from "../history/arrivals.ts";
import { entriesOf } from "../history/entries.ts";
import { type History, RULES, type Rule, type Violation } from "../history/history.ts";

export type Verdict = "passed" | "failed" | "not run";

/** One line of the report, as it stands in the JSON too. */
export type Summary = {
  scenario: string;
  seed: number;
  verdict: Verdict;
  sends: number;
  acknowledged: number;
  /** How many violations of each rule. */
  found: Record<Rule, number>;
  /** From commit to arrival at every member's client, in milliseconds. */
  converge: { p50: number; p99: number; max: number };
  /** From a send until its answer, in milliseconds. */
  answers: { p50: number; p99: number; max: number };
  /** From the end of the last fault until every screen was its room. */
  settledMs: number;
  tookMs: number;
  schedule: readonly Strike[];
  violations: readonly Violation[];
  /** Strikes that found nobody there, and why: of a combination they tested nothing. */
  missed: readonly string[];
  failures: readonly string[];
};

export function countsOf(violations: readonly Violation[]): Record<Rule, number> {
  const count = (rule: Rule) => violations.filter((violation) => violation.rule === rule).length;
  return Object.fromEntries(RULES.map((rule) => [rule, count(rule)])) as Record<Rule, number>;
}

export function convergenceOf(history: History): Summary["converge"] {
  const times = journeysOf(history)
    .flatMap(({ arrivedMs }) => (arrivedMs === undefined ? [] : [arrivedMs]))
    .sort((a, b) => a - b);
  return spreadOf(times);
}

export function answersOf({ entries }: History): Summary["answers"] {
  const sends = entriesOf(entries, "answered").filter(({ event }) => event === "message:send");
  return spreadOf(sends.map(({ at, askedAt }) => at - askedAt).sort((a, b) => a - b));
}

function spreadOf(times: readonly number[]): Summary["converge"] {
  const at = (share: number) => times[Math.max(Math.ceil(times.length * share) - 1, 0)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: times.at(-1) ?? 0 };
}

export function sendsOf({ entries }: History): { sends: number; acknowledged: number } {
  const acknowledged = new Set(entriesOf(entries, "acknowledged").map(({ clientId }) => clientId));
  return { sends: entriesOf(entries, "sent").length, acknowledged: acknowledged.size };
}
