import { describe, expect, it } from "vitest";
import { excerpt } from "./excerpt.ts";

describe("the excerpt of a found message", () => {
  it("marks what was looked for as it is written", () => {
    expect(excerpt("Bring the Cake on Friday", "cake")).toEqual({
      before: "Bring the ",
      match: "Cake",
      after: " on Friday",
    });
  });

  it("shows what is far in, and is one line", () => {
    const { before, match, after } = excerpt(`${"가나 ".repeat(40)}\n산책 갈까?`, "산책");
    expect(before).toMatch(/^….{24}$/u);
    expect([match, after]).toEqual(["산책", " 갈까?"]);
  });

  it("begins at the beginning where the words stand elsewhere", () => {
    expect(excerpt("hello", "nothing").after).toBe("hello");
    expect(excerpt("hello", "  ").after).toBe("hello");
  });

  it("cuts no character in two", () => {
    const { before, match } = excerpt(`${"😀".repeat(60)}!x`, "x");
    expect(before).toBe(`…${"😀".repeat(23)}!`);
    expect(match).toBe("x");
  });
});
