import { readFile } from "node:fs/promises";
import { UsageError } from "../arguments/usage-error.ts";
import { comparisonOf } from "../report/comparison.ts";
import type { RunResult } from "../run/result.ts";

/** `pnpm loadtest compare before.json after.json`: 3 when something got clearly worse. */
export async function compareCommand(files: readonly [string, string]): Promise<number> {
  const [before, after] = await Promise.all(files.map(readRun));
  if (before === undefined || after === undefined) throw new UsageError("two files are needed");
  const { lines, isWorse } = comparisonOf(before, after);
  process.stdout.write(`${lines.join("\n")}\n`);
  return isWorse ? 3 : 0;
}

async function readRun(file: string): Promise<RunResult> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new UsageError(error.message);
  });
  const value = parsed(text);
  const run = value?.kind === "run" ? (value as RunResult) : value?.run;
  if (run?.format !== "moim-loadtest-1") {
    throw new UsageError(`${file}: not the JSON of a run, nor of a capacity`);
  }
  return run;
}

function parsed(text: string): { kind?: string; run?: RunResult } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
