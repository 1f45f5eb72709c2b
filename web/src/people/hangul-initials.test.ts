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
  ["book club", "ok c"],
])("%s is found by %s", (text, part) => {
  expect(containsWithInitials(text, part)).toBe(true);
});

it.each([
  ["지우", "ㅇㅈ"],
  ["지우", "ㅈㅇㅇ"],
  ["까치", "ㄱㅊ"],
  ["지우", "ㅏ"],
  ["jiwoo", "ㅈ"],
])("%s is not found by %s", (text, part) => {
  expect(containsWithInitials(text, part)).toBe(false);
});
