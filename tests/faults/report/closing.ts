import type { Summary } from "./summary.ts";

/** The last lines of a run, and with which code it ends. */
export type Closing = { lines: string[]; code: number };

/**
 * What this machine cannot do is told where it is read, and is no pass: it does not fail the others, but a run
 * in which nothing passed has shown nothing.
 */
export function closingOf(summaries: readonly Summary[]): Closing {
  const count = (verdict: Summary["verdict"]) =>
    summaries.filter((summary) => summary.verdict === verdict).length;
  const [passed, failed, skipped] = [count("passed"), count("failed"), count("not run")];
  const notRun = summaries.filter(({ verdict }) => verdict === "not run");
  const lines = notRun.map(
    ({ scenario, failures }) => `NOT RUN: ${scenario}: ${failures.join("; ")}`,
  );
  lines.push(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return { lines, code: failed === 0 && passed > 0 ? 0 : 1 };
}
