import { expect, test } from "vitest";
import { addCounts, closingLine, parseCounts } from "./counts.ts";

test("closing lines of several runs become one", () => {
  const lines = ["12 passed, 0 failed", "3 passed, 1 failed, 2 skipped"];
  const counts = lines.map((line) => parseCounts(line)).filter((found) => found !== undefined);
  expect(closingLine(addCounts(counts))).toBe("15 passed, 1 failed, 2 skipped");
});

test("a run without skipped tests says nothing of them", () => {
  expect(closingLine({ passed: 1, failed: 0, skipped: 0 })).toBe("1 passed, 0 failed");
});

test("any other line is no closing line", () => {
  expect(parseCounts("about 3 passed, 0 failed")).toBeUndefined();
  expect(parseCounts("")).toBeUndefined();
});
