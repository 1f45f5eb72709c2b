import { expect, it } from "vitest";
import { preferredLanguage } from "./language.ts";

it.each([
  [undefined, "en"],
  ["", "en"],
  ["ko", "ko"],
  ["ko-KR,ko;q=0.9,en;q=0.8", "ko"],
  ["en-US,en;q=0.9,ko;q=0.8", "en"],
  ["de,ko;q=0.5", "ko"],
  ["ko;q=0", "en"],
  ["ko;q=x", "en"],
  [";;,,=", "en"],
])("an Accept-Language of %j asks for %s", (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});
