import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname } from "node:path";
import type { Case, Outcome } from "./cases/case.ts";

export type CaseResult = Outcome &
  Pick<Case, "name" | "title" | "sense" | "goal"> & {
    claim: number | null;
    /** Whether it was measured, with nothing lost or doubled, and is as good as README claims. */
    ok: boolean;
    reachesGoal: boolean;
  };

/** Of what build a case was measured, and when: cases that share both are of one run. */
export type BuildFacts = { measuredAt: string; commit: string };

export type BenchResult = {
  machine: Record<string, unknown>;
  cases: (CaseResult & BuildFacts)[];
};

export function judge(measured: Case, outcome: Outcome, claim: number | null): CaseResult {
  const { name, title, sense, goal } = measured;
  const isMeasured = outcome.failure === undefined;
  const ok = isMeasured && (claim === null || reaches(sense, outcome.ratio, claim));
  const reachesGoal = isMeasured && reaches(sense, outcome.ratio, goal);
  return { name, title, sense, goal, claim, ok, reachesGoal, ...outcome };
}

const FAILURE_CHARACTERS_MAX = 500;

/** A case that lost or doubled a message, was refused one, or did not get to its end. */
export function failed(error: unknown): Outcome {
  const failure = String(error).slice(0, FAILURE_CHARACTERS_MAX);
  return { moim: "failed", relay: "", ratio: null, failure, readings: {} };
}

function reaches(sense: Case["sense"], ratio: number | null, bound: number): boolean {
  if (ratio === null) return false;
  return sense === "at least" ? ratio >= bound : ratio <= bound;
}

/** What a reader must know to compare: speed is a matter of the machine, ratios less so. */
export function machineFacts(): Record<string, unknown> {
  const redis = execFileSync("redis-server", ["--version"], { encoding: "utf8" });
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model,
    memoryBytes: totalmem(),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    redis: /v=([\d.]+)/.exec(redis)?.[1],
    note: "The generator (two processes), the relay, and Moim with Postgres and Redis share these cores.",
  };
}

export function buildFacts(): BuildFacts {
  const git = (...words: string[]) => execFileSync("git", words, { encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--untracked-files=no") === "" ? "" : " and changes";
  return {
    measuredAt: new Date().toISOString(),
    commit: `${git("rev-parse", "--short", "HEAD")}${changed}`,
  };
}

/** Cases that were not measured now keep what stands in the file. */
export function saveResult(file: string, result: BenchResult): void {
  const before = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as BenchResult).cases
    : [];
  const measured = new Set(result.cases.map(({ name }) => name));
  const kept = before.filter(({ name }) => !measured.has(name));
  mkdirSync(dirname(file), { recursive: true });
  const all = { ...result, cases: [...kept, ...result.cases] };
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`);
}
