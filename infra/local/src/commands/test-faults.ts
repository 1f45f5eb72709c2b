import { join } from "node:path";
import { build } from "../build/build.ts";
import { CHECKOUT } from "../checkout.ts";
import { runToEnd } from "../process/run-to-end.ts";
import { step } from "../terminal.ts";
import { installSystemPackages } from "../testing/system-packages.ts";

/**
 * `pnpm test:faults`: people talk while everything that can break is broken (tests/faults). Parameters go
 * to the suite, such as `--scenario "node killed" --seed 7`; its last line is `N passed, N failed`.
 */
export async function run(parameters: readonly string[]): Promise<number> {
  await step("system packages", installSystemPackages);
  await build();
  const folder = join(CHECKOUT, "tests");
  const ended = await runToEnd(
    process.execPath,
    ["--import", "tsx", "faults/main.ts", ...parameters],
    { directory: folder, output: "show" },
  );
  return ended.succeeded ? 0 : 1;
}
