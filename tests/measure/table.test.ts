import { expect, test } from "vitest";
import { median, quantile, table } from "./table.ts";

test("a median is not moved by one slow run, a high quantile is", () => {
  expect(median([3, 1, 2, 100, 2])).toBe(2);
  expect(quantile([3, 1, 2, 100, 2], 0.95)).toBe(100);
});

test("the table says which budgets are kept", () => {
  const lines = table([
    { what: "quick", unit: "ms", values: [10, 20, 30], budget: 50 },
    { what: "slow", unit: "ms", values: [70, 80, 90], budget: 50 },
  ]).split("\n");
  expect(lines[1]).toMatch(/^quick\s+20 ms\s+30 ms\s+3\s+< 50 ms\s+kept/);
  expect(lines[2]).toMatch(/^slow\s+80 ms\s+90 ms\s+3\s+< 50 ms\s+MISSED/);
});
