import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  // Where something passes need not be found out: most of the time would go into that.
  resultTypes: ["violations"],
};
const SERIOUS = new Set(["serious", "critical"]);

type Axe = { run(options: RunOptions): Promise<AxeResults> };

/** What is wrong on the page as it is now, and where. */
export async function violations(page: Page): Promise<string[]> {
  // Not as a script of the page, which its policy forbids, but through the browser's own tools.
  await page.evaluate(AXE);
  const { found, passedCount } = await page.evaluate(async (rules) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const results = await axe.run(rules);
    return { found: results.violations, passedCount: results.passes.length };
  }, RULES);
  expect(passedCount, "rules that were tried").toBeGreaterThan(0);
  return found
    .filter(({ impact }) => SERIOUS.has(impact ?? ""))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
}
