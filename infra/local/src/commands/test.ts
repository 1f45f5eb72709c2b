import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../build/build.ts";
import { CHECKOUT } from "../checkout.ts";
import { runToEnd } from "../process/run-to-end.ts";
import { StartFailure } from "../process/start-failure.ts";
import { complain, say, step } from "../terminal.ts";
import { checkPackages } from "../testing/check-packages.ts";
import { installSystemPackages } from "../testing/system-packages.ts";

/**
 * `pnpm test`: everything a change must pass, cheapest first, ending at the first step that
 * fails. Parameters go to vitest, such as the name of a file. The last line is always
 * `N passed, N failed`, with a step that fails before the tests counting as one failure.
 */
export async function run(parameters: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "moim-counts-"));
  const counts = join(folder, "counts");
  let succeeded = false;
  try {
    await step("system packages", installSystemPackages);
    await step("types", checkPackages);
    await step("lint", lint);
    await build();
    succeeded = await step("tests ended", () => runTests(parameters, counts));
  } catch (error) {
    if (!(error instanceof StartFailure)) complain(String(error));
    else {
      for (const line of error.details) say(`    ${line}`);
      complain(error.message);
    }
  }
  say(closingLine(counts, succeeded));
  rmSync(folder, { recursive: true, force: true });
  return succeeded ? 0 : 1;
}

async function lint(): Promise<void> {
  const biome = join(CHECKOUT, "node_modules", ".bin", "biome");
  const ended = await runToEnd(biome, ["check", "."], { directory: CHECKOUT, output: "keep" });
  if (!ended.succeeded)
    throw new StartFailure("lint found something to mend", ended.output.split("\n"));
}

async function runTests(parameters: readonly string[], counts: string): Promise<boolean> {
  const vitest = join(CHECKOUT, "node_modules", ".bin", "vitest");
  const ended = await runToEnd(vitest, ["run", ...parameters.filter((text) => text !== "--")], {
    directory: CHECKOUT,
    environment: { ...process.env, MOIM_TEST_COUNTS: counts },
    output: "show",
  });
  return ended.succeeded;
}

/** What the reporter counted; a run that ended without counting is one failure. */
function closingLine(counts: string, succeeded: boolean): string {
  try {
    const line = readFileSync(counts, "utf8");
    return succeeded ? line : line.replace(/, 0 failed/, ", 1 failed");
  } catch {
    return "0 passed, 1 failed";
  }
}
