import { describe, expect, test } from "vitest";
import { rowsInView, rowsMoved } from "./rows-in-view.ts";

const list = (ids: string) => [...ids].map((id) => ({ id }));

describe("the rows on the page", () => {
  test("are those in view and some around them, however many there are", () => {
    expect(rowsInView({ top: 0, height: 740 }, 74, 1_000)).toEqual({ from: 0, to: 18 });
    expect(rowsInView({ top: 37_000, height: 740 }, 74, 1_000)).toEqual({ from: 492, to: 518 });
    expect(rowsInView({ top: 73_260, height: 740 }, 74, 1_000)).toEqual({ from: 982, to: 1_000 });
  });

  test("are all of a short list, and none of one that has become shorter than where one was", () => {
    expect(rowsInView({ top: 0, height: 740 }, 74, 3)).toEqual({ from: 0, to: 3 });
    expect(rowsInView({ top: 37_000, height: 740 }, 74, 3)).toEqual({ from: 3, to: 3 });
  });
});

describe("what one reads moves", () => {
  test("by one row when a room from below goes to the top", () => {
    expect(rowsMoved(list("abcdefgh"), list("gabcdefh"), 2)).toBe(1);
  });

  test("not when something moves above it only, or a page is added below", () => {
    expect(rowsMoved(list("abcdefgh"), list("bacdefgh"), 2)).toBe(0);
    expect(rowsMoved(list("abcd"), list("abcdefgh"), 1)).toBe(0);
  });

  test("with the others when the first row in view itself goes to the top", () => {
    expect(rowsMoved(list("abcdefgh"), list("cabdefgh"), 2)).toBe(0);
  });

  test("up when a room above is left", () => {
    expect(rowsMoved(list("abcdefgh"), list("bcdefgh"), 3)).toBe(-1);
  });

  test("not where nothing of it is left", () => {
    expect(rowsMoved(list("abc"), list("xyz"), 0)).toBe(0);
  });
});
