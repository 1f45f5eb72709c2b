import { expect, test } from "vitest";
import { median, missed, quantile, table } from "./table.ts";

test("a median is not moved by one slow run, a high quantile is", () => {
  expect(median([3, 1, 2, 100, 2])).toBe(2);
  expect(quantile([3, 1, 2, 100, 2], 0.95)).toBe(100);
});

const LINES = [
  { what: "quick", unit: "ms", values: [10, 20, 30], under: 50 },
  { what: "slow", unit: "ms", values: [70, 80, 90], under: 50 },
  { what: "never measured", unit: "ms", values: [], under: 50 },
  { what: "compared", unit: "ms", values: [1_000] },
];

test("the table says which goals are kept", () => {
  const lines = table(LINES).split("\n");
  expect(lines[1]).toMatch(/^quick\s+20 ms\s+30 ms\s+3\s+< 50 ms\s+kept/);
  expect(lines[2]).toMatch(/^slow\s+80 ms\s+90 ms\s+3\s+< 50 ms\s+MISSED/);
  expect(lines[4]).toMatch(/^compared\s+1000 ms\s+1000 ms\s+1\s*$/);
});

test("what misses its goal is named, and so is what was not measured at all", () => {
  expect(missed(LINES)).toEqual(["slow: 80 ms, not < 50", "never measured: NaN ms, not < 50"]);
});
