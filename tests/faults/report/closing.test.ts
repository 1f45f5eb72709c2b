import { expect, test } from "vitest";
import { notRun } from "../suite.ts";
import { closingOf } from "./closing.ts";
import type { Verdict } from "./summary.ts";

const summary = (name: string, verdict: Verdict, why = "") => ({
  ...notRun({ name }, 1, why),
  verdict,
});
const passed = summary("redis paused", "passed");
const full = summary("disk full", "not run", "no small disk can be mounted here");

test("what could not be run is told right before the counts, and counted as skipped", () => {
  expect(closingOf([full, passed])).toEqual({
    lines: [
      "NOT RUN: disk full: no small disk can be mounted here",
      "1 passed, 0 failed, 1 skipped",
    ],
    code: 0,
  });
});

test("one failure fails the run", () => {
  const failed = summary("node killed", "failed");
  expect(closingOf([passed, failed])).toEqual({ lines: ["1 passed, 1 failed"], code: 1 });
});

test("a run in which nothing passed is none", () => {
  expect(closingOf([full]).code).toBe(1);
  expect(closingOf([])).toEqual({ lines: ["0 passed, 0 failed"], code: 1 });
});
