import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKOUT } from "../checkout.ts";
import { runToEnd } from "../process/run-to-end.ts";
import { say } from "../terminal.ts";
import { type Counts, ONE_FAILURE, parseCounts } from "./counts.ts";

/** Runs vitest and answers what it counted; with `output: "keep"` it is shown when it has ended. */
export async function runVitest(
  parameters: readonly string[],
  output: "show" | "keep",
): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "moim-counts-"));
  const file = join(folder, "counts");
  const vitest = join(CHECKOUT, "node_modules", ".bin", "vitest");
  const ended = await runToEnd(vitest, ["run", ...parameters], {
    directory: CHECKOUT,
    environment: { ...process.env, MOIM_TEST_COUNTS: file },
    output,
  });
  if (output === "keep") say(ended.output);
  const counts = read(file);
  rmSync(folder, { recursive: true, force: true });
  if (ended.succeeded || counts.failed > 0) return counts;
  return { ...counts, failed: 1 };
}

/** A run that ended without counting is one failure. */
function read(file: string): Counts {
  try {
    return parseCounts(readFileSync(file, "utf8")) ?? ONE_FAILURE;
  } catch {
    return ONE_FAILURE;
  }
}
