import type { Strike } from "./faults/fault.ts";
import { makeWhole, type World } from "./faults/world.ts";
import type { Violation } from "./history/history.ts";
import { failureText } from "./report/failure.ts";
import { answersOf, convergenceOf, countsOf, type Summary, sendsOf } from "./report/summary.ts";
import type { Planned, Stage } from "./scenarios/plan.ts";
import type { Pool } from "./scenarios/pool.ts";
import { Rendezvous } from "./scenarios/rendezvous.ts";
import { type Outcome, runScenario } from "./scenarios/run-scenario.ts";
import type { Control, Scenario } from "./scenarios/scenario.ts";
import { isSameFailure } from "./shrink/same-failure.ts";
import { shrink } from "./shrink/shrink.ts";

export type Suite = {
  world: World;
  pool: Pool;
  say(line: string): void;
  /** How long, all in all, may be spent on making schedules of failures smaller. */
  shrinkWithinMs: number;
};

/** Runs stage after stage. Resolves to one line of the report for each scenario. */
export async function runStages(suite: Suite, stages: readonly Stage[]): Promise<Summary[]> {
  const summaries: Summary[] = [];
  const shrinking = { leftMs: suite.shrinkWithinMs };
  for (const stage of stages) {
    await makeWhole(suite.world);
    const begin = new Rendezvous(stage.length);
    const outcomes = await Promise.all(stage.map((planned) => runOne(suite, planned, begin)));
    for (const { summary, outcome, scenario } of outcomes) {
      summaries.push(summary);
      suite.say(progressOf(summary));
      if (summary.verdict !== "failed") continue;
      if (!outcome) suite.say(summary.failures.join("\n"));
      else
        suite.say(
          failureText(
            outcome,
            summary.failures,
            await shrunken(suite, scenario, outcome, shrinking),
          ),
        );
    }
  }
  return summaries;
}

type Ran = { summary: Summary; outcome: Outcome | undefined; scenario: Scenario };

async function runOne(
  { world, pool }: Suite,
  { scenario, seed }: Planned,
  begin: Rendezvous,
): Promise<Ran> {
  const problem = scenario.problem?.(world);
  if (problem) {
    void begin.arrive();
    return { summary: notRun(scenario, seed, problem), outcome: undefined, scenario };
  }
  try {
    const outcome = await runScenario({ world, pool, scenario, seed, begin });
    return { summary: summaryOf(scenario, outcome), outcome, scenario };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const summary = { ...notRun(scenario, seed, failure), verdict: "failed" as const };
    return { summary, outcome: undefined, scenario };
  }
}

function summaryOf({ control }: Scenario, outcome: Outcome): Summary {
  const { scenario, seed, schedule, violations, history, settledMs, tookMs, missed } = outcome;
  const found = countsOf(violations);
  const overlooked = control ? overlookedBy(control, violations) : [];
  const isAsExpected = control ? overlooked.length === 0 : violations.length === 0;
  const failures = [...outcome.failures];
  for (const what of overlooked) failures.push(`this must be found, and was not: ${what}`);
  const verdict = isAsExpected && failures.length === 0 ? "passed" : "failed";
  return {
    ...{ scenario, seed, verdict, found, settledMs, tookMs, schedule, failures },
    ...sendsOf(history),
    converge: convergenceOf(history),
    answers: answersOf(history),
    violations,
    missed,
  };
}

/** What a control breaks on purpose, and nobody has noticed. */
function overlookedBy(
  { finds, says = [] }: Control,
  violations: readonly Violation[],
): readonly string[] {
  const found = violations.filter(({ rule }) => rule === finds).map(({ what }) => what);
  if (found.length === 0) return [finds];
  const missing = says.filter((saying) => !found.some((what) => saying.test(what)));
  return missing.map((saying) => `${finds} that says ${saying}`);
}

const NONE = { p50: 0, p99: 0, max: 0 };

export function notRun({ name }: Pick<Scenario, "name">, seed: number, why: string): Summary {
  return {
    ...{ scenario: name, seed, verdict: "not run", sends: 0, acknowledged: 0, found: countsOf([]) },
    ...{ converge: NONE, answers: NONE, settledMs: 0, tookMs: 0 },
    ...{ schedule: [], violations: [], missed: [], failures: [why] },
  };
}

function progressOf({ scenario, verdict, tookMs, failures, missed }: Summary): string {
  const took = `${(tookMs / 1_000).toFixed(1)} s`;
  if (verdict === "not run") return `  - ${scenario}: not run, ${failures[0]}`;
  const told = missed.length > 0 ? `  (struck nobody: ${missed.join(", ")})` : "";
  return `  ${verdict === "passed" ? "✓" : "✗"} ${scenario}  ${took}${told}`;
}

/** Fewer strikes that fail in the same way; undefined where there is nothing to leave out. */
async function shrunken(
  { world, pool }: Suite,
  scenario: Scenario,
  { schedule, violations, seed }: Outcome,
  budget: { leftMs: number },
): Promise<readonly Strike[] | undefined> {
  const [first] = violations;
  if (!first || schedule.length < 2 || budget.leftMs <= 0) return undefined;
  const begunAt = Date.now();
  const stillFails = async (some: readonly Strike[]) => {
    const again = await runScenario({ world, pool, scenario, seed, schedule: some });
    return again.violations.some((violation) => isSameFailure(violation, first));
  };
  const isOver = () => Date.now() - begunAt > budget.leftMs;
  const smallest = await shrink(schedule, stillFails, isOver);
  budget.leftMs -= Date.now() - begunAt;
  return smallest.length < schedule.length ? smallest : undefined;
}
