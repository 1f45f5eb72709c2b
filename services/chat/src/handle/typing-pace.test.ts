import { beforeEach, describe, expect, it } from "vitest";
import { TypingPace } from "./typing-pace.ts";

let now: number;
let pace: TypingPace;
beforeEach(() => {
  now = 1_800_000_000_000;
  pace = new TypingPace(() => now);
});

function admits(typing: boolean, inMs = 0, userId = "u", roomId = "r"): boolean {
  now += inMs;
  return pace.admits(userId, roomId, typing);
}

describe("typing", () => {
  it("passes once in two seconds", () => {
    expect([admits(true), admits(true, 1_999), admits(true, 1)]).toEqual([true, false, true]);
  });

  it("always passes when it ends, and begins again no sooner for that", () => {
    expect([admits(true), admits(false, 100), admits(true, 100), admits(true, 1_800)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  it("that ends without having begun passes no more often than any other", () => {
    expect([admits(false), admits(false, 100), admits(false, 1_900)]).toEqual([true, false, true]);
  });

  it("of one user or room does not hold up another", () => {
    expect([admits(true), admits(true, 0, "v"), admits(true, 0, "u", "s")]).toEqual([
      true,
      true,
      true,
    ]);
  });
});
