import { expect, it } from "vitest";
import { searchTerms } from "./search-terms.ts";

it("looks for every word, each once", () => {
  expect(searchTerms("  ship\tthe  ship ")).toEqual([["%ship%"], ["%the%"]]);
});

it("looks for Hangul composed and decomposed", () => {
  const composed = "각".normalize("NFC");
  const decomposed = "각".normalize("NFD");
  expect(composed).not.toBe(decomposed);
  for (const query of [composed, decomposed]) {
    expect(searchTerms(query).flat().sort()).toEqual([`%${composed}%`, `%${decomposed}%`].sort());
  }
});

it("takes wildcards for what they are", () => {
  expect(searchTerms("100%_\\")).toEqual([["%100\\%\\_\\\\%"]]);
});
