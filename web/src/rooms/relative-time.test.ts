import { expect, it } from "vitest";
import { english } from "../i18n/english.ts";
import { korean } from "../i18n/korean.ts";
import { relativeTime } from "./relative-time.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

it.each([
  [-5 * SECOND, "지금", "now"],
  [0, "지금", "now"],
  [MINUTE - 1, "지금", "now"],
  [MINUTE, "1분", "1m"],
  [HOUR - 1, "59분", "59m"],
  [HOUR, "1시간", "1h"],
  [DAY - 1, "23시간", "23h"],
  [DAY, "1일", "1d"],
  [7 * DAY - 1, "6일", "6d"],
  [7 * DAY, "1주", "1w"],
  [400 * DAY, "57주", "57w"],
])("%i ms ago reads %s / %s", (elapsed, inKorean, inEnglish) => {
  expect(relativeTime(NOW - elapsed, NOW, korean.relative)).toBe(inKorean);
  expect(relativeTime(NOW - elapsed, NOW, english.relative)).toBe(inEnglish);
});
