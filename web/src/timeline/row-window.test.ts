import { describe, expect, it } from "vitest";
import { type Bounds, placeAt, shownRows, windowAround } from "./row-window.ts";

/** A hundred rows of 20, 50 and 110 px in turn. */
const HEIGHTS = Array.from({ length: 100 }, (_, index) => [20, 50, 110][index % 3] ?? 0);
const TOTAL_PX = HEIGHTS.reduce((sum, height) => sum + height, 0);
const heightOf = (index: number) => HEIGHTS[index] ?? 0;
const bounds: Bounds = { count: HEIGHTS.length, heightOf, viewPx: 600, overscanPx: 300 };

/** The same rows laid out one under the other, plainly. */
function laidOut(place: { index: number; topPx: number }) {
  const above = HEIGHTS.slice(0, place.index).reduce((sum, height) => sum + height, 0);
  let top = place.topPx - above;
  return HEIGHTS.map((height, index) => {
    const box = { index, top, bottom: top + height };
    top += height;
    return box;
  });
}

const PLACES = [
  { index: 50, topPx: 200 },
  { index: 50, topPx: -80 },
  { index: 50, topPx: 5_000 },
  { index: 50, topPx: -5_000 },
  { index: 0, topPx: 0 },
  { index: 99, topPx: 490 },
];

describe("the window", () => {
  it.each(PLACES)("has every row in view or in the overscan: row $index at $topPx px", (place) => {
    const { first, last } = windowAround(place, bounds);
    const wanted = laidOut(place).filter(({ top, bottom }) => bottom > -300 && top < 900);
    for (const { index } of wanted) {
      expect(index).toBeGreaterThanOrEqual(first);
      expect(index).toBeLessThanOrEqual(last);
    }
    expect(first).toBeLessThanOrEqual(place.index);
    expect(last).toBeGreaterThanOrEqual(place.index);
  });

  it("has only those where the row that it is made around is in view", () => {
    const { first, last } = windowAround({ index: 50, topPx: 200 }, bounds);
    const boxes = laidOut({ index: 50, topPx: 200 });
    expect(boxes[first + 1]?.top).toBeGreaterThan(-300);
    expect(boxes[last - 1]?.bottom).toBeLessThan(900);
  });

  it("is empty without rows, and within them where the row has gone meanwhile", () => {
    expect(windowAround({ index: 3, topPx: 0 }, { ...bounds, count: 0 })).toEqual({
      first: 0,
      last: -1,
    });
    expect(windowAround({ index: 500, topPx: 0 }, bounds).last).toBe(99);
    expect(windowAround({ index: -1, topPx: 0 }, bounds).first).toBe(0);
  });
});

describe("the row at an offset", () => {
  it("is the one that covers it, and stands where it then stands", () => {
    for (let offset = 0; offset < TOTAL_PX; offset += 7) {
      const { index, topPx } = placeAt(offset, bounds);
      const box = laidOut({ index: 0, topPx: 0 })[index];
      expect(box?.top).toBeLessThanOrEqual(offset);
      expect(box?.bottom).toBeGreaterThan(offset);
      expect(topPx).toBe((box?.top ?? Number.NaN) - offset);
    }
  });

  it("is the first or the last one beyond the ends", () => {
    expect(placeAt(-50, bounds)).toEqual({ index: 0, topPx: 50 });
    expect(placeAt(TOTAL_PX + 50, bounds).index).toBe(99);
  });
});

describe("rows on the page and the gaps between them", () => {
  const rows = HEIGHTS.map((_, index) => index);
  it.each([
    ["nowhere", -1, []],
    ["before the window", 3, [3]],
    ["within it", 45, []],
    ["after it", 90, [90]],
  ])("take the height of all rows, with the pinned one %s", (_where, pinned, extra) => {
    const { shown, tailPx } = shownRows(rows, { first: 40, last: 50 }, pinned, heightOf);
    const indexes = [...extra, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50];
    expect(shown.map(({ row }) => row)).toEqual(indexes.toSorted((one, other) => one - other));
    let top = 0;
    for (const { row, gapPx } of shown) {
      top += gapPx;
      expect(top).toBe(laidOut({ index: 0, topPx: 0 })[row]?.top);
      top += heightOf(row);
    }
    expect(top + tailPx).toBe(TOTAL_PX);
  });

  it("without any row on the page, the gap is all there is", () => {
    expect(shownRows(rows, { first: 0, last: -1 }, -1, heightOf)).toEqual({
      shown: [],
      tailPx: TOTAL_PX,
    });
  });
});
