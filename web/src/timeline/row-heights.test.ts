import { expect, it } from "vitest";
import { RowHeights } from "./row-heights.ts";

it("a row that has been on the page is as high as it was there", () => {
  const heights = new RowHeights();
  heights.measure("first", 40);
  heights.measure("second", 100);
  expect([heights.of("first"), heights.of("second")]).toEqual([40, 100]);
});

it("any other is guessed to be as high as those on average, and to have some height before", () => {
  const heights = new RowHeights();
  expect(heights.of("unseen")).toBeGreaterThan(0);
  heights.measure("first", 40);
  heights.measure("second", 100);
  expect(heights.of("unseen")).toBe(70);
});

it("a row that grows counts once in the average, with its new height", () => {
  const heights = new RowHeights();
  heights.measure("first", 40);
  heights.measure("second", 100);
  heights.measure("first", 60);
  heights.measure("first", 60);
  expect(heights.of("first")).toBe(60);
  expect(heights.of("unseen")).toBe(80);
});

it("after a change of the width nothing is taken for measured, and the average stays the guess", () => {
  const heights = new RowHeights();
  heights.measure("first", 40);
  heights.measure("second", 100);
  heights.forget();
  expect([heights.of("first"), heights.of("second")]).toEqual([70, 70]);
  heights.measure("first", 90);
  expect([heights.of("first"), heights.of("second")]).toEqual([90, 90]);
});

it("however many rows pass by, a bounded number is kept, and the newest measure holds", () => {
  const heights = new RowHeights();
  for (let row = 0; row < 40_000; row++) heights.measure(`row-${row}`, 50);
  heights.measure("first", 50);
  heights.measure("row-0", 30);
  expect(heights.of("row-0")).toBe(30);
  // The others are guesses by now: the mean of the two that are known.
  expect(heights.of("row-39999")).toBe(40);
});
