import { describe, expect, it } from "vitest";
import { judge } from "./judge.ts";
import { type Policy, readPolicy } from "./policy.ts";
import * as recorded from "./recorded-answers.ts";

const policy: Policy = { failsFrom: "moderate", accepted: [], floors: {} };
const accepting = (until: string): Policy => ({
  ...policy,
  accepted: [{ id: "GHSA-3h5v-q93c-6h6q", reason: "not reached", until }],
});
const TODAY = "2026-12-01";

describe("the answer of an audit", () => {
  it("that names a vulnerability of the threshold fails, and one below is noted", () => {
    expect(judge({ succeeded: false, output: recorded.VULNERABLE }, policy, TODAY)).toEqual({
      state: "vulnerable",
      lines: ["GHSA-3h5v-q93c-6h6q high: ws 8.11.0: ws affected by a DoS"],
      notes: ["GHSA-m95q-7qp3-xv42 low: zod 3.22.0: Zod denial of service"],
    });
  });

  it("that names nothing is fine", () => {
    const answer = { succeeded: true, output: recorded.CLEAN };
    expect(judge(answer, policy, TODAY)).toEqual({ state: "fine", notes: [] });
  });

  it("is fine on the last day of an exception, and fails on the day after", () => {
    const answer = { succeeded: false, output: recorded.VULNERABLE };
    const last = judge(answer, accepting("2026-12-01"), TODAY);
    expect(last.state).toBe("fine");
    expect(JSON.stringify(last)).toContain("accepted until 2026-12-01: not reached");
    const after = judge(answer, accepting("2026-11-30"), TODAY);
    expect(after).toMatchObject({
      state: "vulnerable",
      lines: [expect.stringContaining("look again")],
    });
  });

  it("of a severity that nobody knows fails", () => {
    const output = recorded.VULNERABLE.replace('"low"', '"catastrophic"');
    const verdict = judge({ succeeded: false, output }, accepting("2026-12-01"), TODAY);
    expect(verdict.state).toBe("vulnerable");
  });

  it.each([
    ["a registry without an audit", recorded.REFUSED, "the registry answers 405"],
    ["no registry", recorded.UNREACHABLE, "no registry answers"],
  ])("of %s is none, and says so", (_name, output, reason) => {
    const verdict = judge({ succeeded: false, output }, policy, TODAY);
    expect(verdict).toEqual({ state: "unasked", reason });
  });

  it("that does not come is none", () => {
    expect(judge(undefined, policy, TODAY)).toEqual({
      state: "unasked",
      reason: "no answer in time",
    });
  });

  it("that is not understood does not pass for fine", () => {
    for (const output of ["", "Segmentation fault", '{"auditReportVersion":3}']) {
      expect(() => judge({ succeeded: false, output }, policy, TODAY)).toThrow("not understood");
    }
    const nothing = { succeeded: false, output: recorded.CLEAN };
    expect(() => judge(nothing, policy, TODAY)).toThrow("names no advisory");
  });
});

it("every exception has a reason and an end that is a day, within a year", () => {
  for (const { id, reason, until } of readPolicy().accepted) {
    expect(id).toMatch(/^GHSA(-[0-9a-z]{4}){3}$/);
    expect(reason.length).toBeGreaterThan(20);
    expect(new Date(until).toISOString().slice(0, 10)).toBe(until);
    expect(Date.parse(until) - Date.now()).toBeLessThan(366 * 24 * 3_600_000);
  }
});
