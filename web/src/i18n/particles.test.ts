import { describe, expect, it } from "vitest";
import { withParticle } from "./particles.ts";

describe("a Korean particle", () => {
  it.each([
    ["민준", "을/를", "민준을"],
    ["지수", "을/를", "지수를"],
    ["서울", "으로/로", "서울로"],
    ["부산", "으로/로", "부산으로"],
    ["회의", "으로/로", "회의로"],
    ["방 1", "으로/로", "방 1로"],
    ["방 3", "으로/로", "방 3으로"],
    ["방 2", "이/가", "방 2가"],
  ] as const)("fits the last sound: %s %s", (word, pair, expected) => {
    expect(withParticle(word, pair)).toBe(expected);
  });

  it("looks past closing punctuation", () => {
    expect(withParticle("‘지수’", "을/를")).toBe("‘지수’를");
  });

  it("is written in both forms where the sound is not certain", () => {
    expect(withParticle("Moim", "을/를")).toBe("Moim을(를)");
    expect(withParticle("Moim", "으로/로")).toBe("Moim(으)로");
    expect(withParticle("🎉", "이/가")).toBe("🎉이(가)");
  });
});
