import { writeFileSync, writeSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/**
 * Ends a run with `N passed, N failed` (and `, N skipped`) alone on the last line, whatever other
 * reporters print. With MOIM_TEST_COUNTS set it is written to that file instead, for a caller
 * that has more to say first.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const line = closingLine(modules, errors.length);
    const file = process.env.MOIM_TEST_COUNTS;
    process.once("exit", () => (file ? writeFileSync(file, line) : writeSync(1, `${line}\n`)));
  }
}

function closingLine(modules: readonly TestModule[], unhandledErrors: number): string {
  let passed = 0;
  let skipped = 0;
  // An error outside any test, and a file that could not even be read, count as one failure each.
  let failed = unhandledErrors;
  for (const module of modules) {
    let failedHere = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") passed += 1;
      else if (state === "skipped") skipped += 1;
      else failedHere += 1;
    }
    failed += failedHere === 0 && module.state() === "failed" ? 1 : failedHere;
  }
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
