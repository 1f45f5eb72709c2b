import { expect, it } from "vitest";
import { containsWithInitials } from "./hangul-initials.ts";

it.each([
  ["지우", "ㅈㅇ"],
  ["지우", "지ㅇ"],
  ["김지우", "ㅈㅇ"],
  ["김지우", "ㄱ"],
  ["까치", "ㄲㅊ"],
  ["힣", "ㅎ"],
  ["ㅋㅋ 모임", "ㅋㅋ"],
  // A keyboard makes one letter of two initials where there is one: ㄱ and ㅅ arrive as ㄳ.
  ["김수현", "ㄳㅎ"],
  ["김수현", "ㄳ"],
  ["나지은", "ㄵㅇ"],
  ["노현", "ㄶ"],
  ["류경수", "ㄺㅅ"],
  ["라미", "ㄻ"],
  ["류빈", "ㄼ"],
  ["리사", "ㄽ"],
  ["루터", "ㄾ"],
  ["리포", "ㄿ"],
  ["라희", "ㅀ"],
  ["박서준", "ㅄㅈ"],
  ["고ㄳ", "ㄳ"],
  ["고ㄱㅅ", "ㄳ"],
  ["book club", "ok c"],
])("%s is found by %s", (text, part) => {
  expect(containsWithInitials(text, part)).toBe(true);
});

it.each([
  ["지우", "ㅇㅈ"],
  ["지우", "ㅈㅇㅇ"],
  ["까치", "ㄱㅊ"],
  ["김현수", "ㄳ"],
  ["기싱", "ㄱㄳ"],
  ["지우", "ㅏ"],
  ["jiwoo", "ㅈ"],
])("%s is not found by %s", (text, part) => {
  expect(containsWithInitials(text, part)).toBe(false);
});
