import type { Strike } from "../faults/fault.ts";
import type { Outcome } from "../scenarios/run-scenario.ts";
import { timeLineOf } from "./time-line.ts";

const TOLD_MAX = 5;

/** What somebody needs who has to find out why: what was found, how to see it again, and what happened. */
export function failureText(
  outcome: Outcome,
  failures: readonly string[],
  shrunken: readonly Strike[] | undefined,
): string {
  const { scenario, seed, schedule, violations, history } = outcome;
  const lines = [
    `FAILED: ${scenario} (seed ${seed})`,
    `  again: pnpm test:faults --scenario "${scenario}" --seed ${seed}`,
    "  schedule:",
    ...schedule.map((strike) => `    ${strikeText(strike)}`),
  ];
  if (shrunken) lines.push("  enough for it:", ...shrunken.map((s) => `    ${strikeText(s)}`));
  lines.push(...failures.map((failure) => `  ${failure}`));
  for (const violation of violations.slice(0, TOLD_MAX)) {
    const { rule, client, what } = violation;
    lines.push(`  ${rule}${client ? `, ${client}` : ""}: ${what}`);
  }
  if (violations.length > TOLD_MAX) lines.push(`  … and ${violations.length - TOLD_MAX} more`);
  const [first] = violations;
  if (first) lines.push("  the first one's time line:", ...timeLineOf(history, first));
  return lines.join("\n");
}

export function strikeText({ fault, atMs, lastMs, pick }: Strike): string {
  return `at ${atMs} ms for ${lastMs} ms: ${fault} (pick ${pick.toFixed(3)})`;
}
