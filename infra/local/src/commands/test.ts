import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkAdvisories } from "../advisories/check-advisories.ts";
import { build } from "../build/build.ts";
import { CHECKOUT } from "../checkout.ts";
import { runToEnd } from "../process/run-to-end.ts";
import { StartFailure } from "../process/start-failure.ts";
import { complain, say, step } from "../terminal.ts";
import { checkPackages } from "../testing/check-packages.ts";
import { addCounts, type Counts, closingLine, ONE_FAILURE } from "../testing/counts.ts";
import { runVitest } from "../testing/run-vitest.ts";
import { installSystemPackages } from "../testing/system-packages.ts";

/**
 * `pnpm test`: everything a change must pass, cheapest first, ending at the first step that
 * fails. Parameters go to vitest, such as the name of a file. The last line is always
 * `N passed, N failed`, with a step that fails before the tests counting as one failure.
 */
export async function run(parameters: readonly string[]): Promise<number> {
  let counts = ONE_FAILURE;
  try {
    await step("system packages", installSystemPackages);
    await step("known vulnerabilities", checkAdvisories);
    await step("types", checkPackages);
    await step("lint", lint);
    await build();
    counts = await step("tests ended", () => runTests(parameters.filter((text) => text !== "--")));
  } catch (error) {
    if (!(error instanceof StartFailure)) complain(String(error));
    else {
      for (const line of error.details) say(`    ${line}`);
      complain(error.message);
    }
  }
  say(closingLine(counts));
  return counts.failed === 0 ? 0 : 1;
}

async function lint(): Promise<void> {
  const biome = join(CHECKOUT, "node_modules", ".bin", "biome");
  const linters: [string, ...string[]][] = [
    [biome, "check", "."],
    ["shellcheck", ...shellScripts()],
  ];
  for (const [linter, ...parameters] of linters) {
    const ended = await runToEnd(linter, parameters, { directory: CHECKOUT, output: "keep" });
    if (!ended.succeeded)
      throw new StartFailure("lint found something to mend", ended.output.split("\n"));
  }
}

/** What operators and containers run: files that say so in their first line. */
function shellScripts(): string[] {
  return [".ci", "infra", "infra/docker"]
    .flatMap((folder) => readdirSync(join(CHECKOUT, folder), { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => /^#!.*\b(?:ba)?sh\n/.test(readFileSync(file, "utf8")));
}

/** Those that need a docker engine are `pnpm test:compose`. */
async function runTests(parameters: readonly string[]): Promise<Counts> {
  if (parameters.length > 0) return runVitest(["--project=!compose", ...parameters], "show");
  // The idle test waits for minutes and does nothing else: beside the others it costs no time.
  // Named one by one: of several exclusions vitest runs whatever one of them lets through.
  const [others, idle] = await Promise.all([
    runVitest(["--project=unit", "--project=integration", "--project=system"], "show"),
    runVitest(["--project=idle"], "keep"),
  ]);
  return addCounts([others, idle]);
}
