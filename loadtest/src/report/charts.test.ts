import { expect, it } from "vitest";
import { escapeHtml, lineChart, secondTicks } from "./charts.ts";

const chart = (ys: (number | null)[], scale: "linear" | "log" = "linear") =>
  lineChart({
    series: [{ name: "one", colour: "s1", points: ys.map((y, x) => [x, y]) }],
    xTicks: [],
    xLabel: "x",
    yLabel: "<y>",
    formatY: String,
    scale,
    width: 500,
    marks: [{ from: 1, to: null, label: "a & b" }],
  });

it("leaves a hole where nothing was measured", () => {
  const path = /<path[^>]* d="([^"]*)"/.exec(chart([1, 2, null, 3, 4]))?.[1];
  expect(path?.match(/M/g)).toHaveLength(2);
  expect(path).not.toContain("NaN");
});

it("draws what is constant, zero or nothing without dividing by it", () => {
  for (const svg of [chart([5, 5]), chart([0, 0]), chart([0, 0], "log"), chart([7])]) {
    expect(svg).not.toMatch(/NaN|Infinity/);
  }
  expect(chart([null])).toContain("Nothing was measured");
});

it("writes names as text, never as markup", () => {
  expect(chart([1])).toContain("a &#38; b");
  expect(escapeHtml(`<script>"'&`)).not.toMatch(/[<>"']/);
});

it("labels a time of any length with a handful of whole seconds", () => {
  for (const seconds of [1, 6, 30, 95, 3_600]) {
    const ticks = secondTicks(seconds);
    expect(ticks.length).toBeLessThanOrEqual(10);
    expect(ticks.every(({ at }) => Number.isInteger(at) && at <= seconds)).toBe(true);
  }
});
