import { MoimError } from "@moim/client";
import { expect, it } from "vitest";
import { english } from "../i18n/english.ts";
import { korean } from "../i18n/korean.ts";
import { sayingOf } from "./saying.ts";

const say = (error: unknown, isOnline = true) => sayingOf(error, isOnline)(english);
const limited = (seconds: number) =>
  new MoimError("rate_limited", "", { retryAfterMs: seconds * 1_000 });

it("a limit says how long to wait, in a unit that fits", () => {
  expect(say(limited(1))).toBe("That was too often. Please try again in 1 second.");
  expect(say(limited(90))).toBe("That was too often. Please try again in 90 seconds.");
  expect(say(limited(91))).toBe("That was too often. Please try again in 2 minutes.");
  expect(say(limited(7_200))).toBe("That was too often. Please try again in 2 hours.");
  expect(say(new MoimError("rate_limited", ""))).toBe(english.failures.rate_limited);
  expect(sayingOf(limited(30), true)(korean)).toBe(
    "시도가 너무 잦습니다. 30초 뒤에 다시 시도해 주세요.",
  );
});

it("without a network nobody is told that the server is at fault", () => {
  const unanswered = new MoimError("unavailable", "");
  expect(say(unanswered, false)).toBe(english.failedOffline);
  expect(say(unanswered)).toBe(english.failures.unavailable);
  expect(say(new MoimError("forbidden", ""), false)).toBe(english.failures.forbidden);
});

it("a bug is no blank", () => {
  expect(say(new TypeError("x is not a function"))).toBe(english.failures.internal);
});
