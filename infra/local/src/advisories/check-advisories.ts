import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../checkout.ts";
import { findProgram } from "../process/find-program.ts";
import { runToEnd } from "../process/run-to-end.ts";
import { StartFailure } from "../process/start-failure.ts";
import { complain, say } from "../terminal.ts";
import { belowFloors } from "./floors.ts";
import { type AuditAnswer, judge } from "./judge.ts";
import { readPolicy } from "./policy.ts";

/** pnpm itself would go on asking a registry that fails for minutes. */
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Known vulnerabilities of what the lock file holds: against our own floors, and against what the
 * registry knows today. Without a registry that says anything, it says so and fails nothing.
 */
export async function checkAdvisories(): Promise<void> {
  const policy = readPolicy();
  const lockFile = readFileSync(join(CHECKOUT, "pnpm-lock.yaml"), "utf8");
  const fallen = belowFloors(lockFile, policy.floors);
  if (fallen.length > 0) throw new StartFailure("packages with known vulnerabilities", fallen);
  const pnpm = findProgram("pnpm");
  if (pnpm === undefined) {
    complain("known vulnerabilities were not asked for: there is no pnpm command");
    return;
  }
  const verdict = judge(await audit(pnpm), policy, new Date().toISOString().slice(0, 10));
  if (verdict.state === "unasked") {
    complain(`known vulnerabilities were not asked for: ${verdict.reason}`);
    return;
  }
  for (const note of verdict.notes) say(`    ${note}`);
  if (verdict.state === "fine") return;
  throw new StartFailure(
    "packages with known vulnerabilities: update them, or accept them in infra/advisories.json",
    verdict.lines,
  );
}

/** Rejects when pnpm cannot be run at all. */
async function audit(pnpm: string): Promise<AuditAnswer> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const options = { directory: CHECKOUT, output: "keep", signal } as const;
  try {
    return await runToEnd(pnpm, ["audit", "--json"], options);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
