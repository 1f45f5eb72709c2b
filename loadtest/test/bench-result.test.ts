import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { cases } from "../bench/cases/all.ts";
import { CLAIMS } from "../bench/claims.ts";
import { readRequest } from "../bench/request.ts";
import { type BenchResult, failed, judge } from "../bench/result.ts";
import { tableOf } from "../bench/table.ts";

function caseNamed(name: string) {
  const found = cases.find((one) => one.name === name);
  if (!found) throw new Error(`no case ${name}`);
  return found;
}
const outcome = (ratio: number) => ({ moim: "1/s", relay: "2/s", ratio, readings: {} });

it("a case fails by what README claims, in its own sense, and a goal that is missed shows", () => {
  const rates = caseNamed("rooms");
  expect(judge(rates, outcome(2.5), 2).ok).toBe(true);
  expect(judge(rates, outcome(1.9), 2).ok).toBe(false);
  const memory = caseNamed("idle-memory");
  expect(judge(memory, outcome(1.9), 2).ok).toBe(true);
  expect(judge(memory, outcome(2.1), 2).ok).toBe(false);
  expect(tableOf([judge(rates, outcome(1.9), null)])).toContain("goal missed");
  expect(tableOf([judge(rates, outcome(1.9), 2)])).toContain("NO");
  expect(tableOf([judge(rates, outcome(3.1), 3)])).toMatch(/ok *$/);
});

it("a case that lost a message or did not get to its end fails, whatever README claims of it", () => {
  const lost = failed(new Error("a socket got 2 of its room's 3 messages"));
  const result = judge(caseNamed("half-load"), lost, null);
  expect(result).toMatchObject({ ok: false, reachesGoal: false, ratio: null });
  expect(tableOf([result])).toMatch(/failed.*NO *$/);
});

it("what was not carried reaches no goal, and fails only by a claim", () => {
  const notCarried = { moim: "not carried", relay: "1 ms", ratio: null, readings: {} };
  const measured = caseNamed("ack-p50");
  expect(judge(measured, notCarried, null)).toMatchObject({ ok: true, reachesGoal: false });
  expect(judge(measured, notCarried, 3)).toMatchObject({ ok: false });
});

it("README claims something of known cases only", () => {
  const names = cases.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(CLAIMS)));
});

it("the committed result is one run of every case, and bears out what README claims", () => {
  const file = new URL("../../docs/performance/bench.json", import.meta.url);
  const committed = (JSON.parse(readFileSync(file, "utf8")) as BenchResult).cases;
  expect(committed.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
  expect(new Set(committed.map(({ commit, measuredAt }) => `${commit} ${measuredAt}`)).size).toBe(
    1,
  );
  for (const { name, commit, failure, moim, ratio } of committed) {
    expect(commit, name).toMatch(/^[0-9a-f]{7,}$/);
    expect(failure, name).toBeUndefined();
    if (ratio === null) expect(moim, name).toContain("not carried");
  }
  for (const [name, claim] of Object.entries(CLAIMS)) {
    const shown = committed.find((one) => one.name === name);
    if (shown === undefined) throw new Error(`no case ${name}`);
    expect(judge(caseNamed(name), shown, claim).ok, name).toBe(true);
  }
});

it("a word that the bench does not know stops it", () => {
  expect(() => readRequest(["--fast"])).toThrow("unknown: --fast");
  expect(() => readRequest(["--case", "speed"])).toThrow("no case speed");
  expect(readRequest(["--case", "guard,rooms"]).cases.map(({ name }) => name)).toEqual([
    "rooms",
    "guard",
  ]);
});
