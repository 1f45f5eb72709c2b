import { expect, test } from "vitest";
import { FAULTS } from "../faults/all.ts";
import { fastPlan, longPlan, planOf } from "./plan.ts";
import { randomOfSeed } from "./random-of.ts";
import { SINGLES } from "./single.ts";

const namesOf = (stages: ReturnType<typeof fastPlan>) =>
  stages.flatMap((stage) => stage.map(({ scenario }) => scenario.name));

const strikesOf = (stages: ReturnType<typeof fastPlan>) =>
  stages.flatMap((stage) =>
    stage.flatMap(({ scenario, seed }) => scenario.schedule(randomOfSeed(seed)("schedule"))),
  );

test("the fast selection has every fault there is, and the controls", () => {
  const struck = new Set(strikesOf(fastPlan(1)).map(({ fault }) => fault));
  expect([...FAULTS.keys()].filter((fault) => !struck.has(fault))).toEqual([]);
  expect(namesOf(fastPlan(1)).filter((name) => name.startsWith("control"))).toHaveLength(7);
});

test("where a node stands still for long no time is promised, and nothing stands there that promises one", () => {
  const beside = fastPlan(1).find((stage) => namesOf([stage]).includes("node stopped")) ?? [];
  const timed = SINGLES.filter(({ allowances }) => allowances?.arrivalMs !== undefined);
  const names = new Set(timed.map(({ name }) => name));
  expect(namesOf([beside]).filter((name) => names.has(name))).toEqual([]);
  const judged = fastPlan(1).flatMap((stage) =>
    stage.flatMap(({ scenario }) => (scenario.allowances?.arrivalMs ? [scenario.name] : [])),
  );
  expect(judged).toContain("nginx reloaded");
});

test("a seed decides everything: the same again, and another with another", () => {
  expect(strikesOf(fastPlan(7))).toEqual(strikesOf(fastPlan(7)));
  expect(strikesOf(fastPlan(7))).not.toEqual(strikesOf(fastPlan(8)));
});

test("the long form has each single one in a reconnect storm, too", () => {
  const names = namesOf(longPlan(1));
  expect(names).toContain("redis paused");
  expect(names).toContain("redis paused, in a storm");
});

test("a scenario is found by its name, several by a part of it, and each of a report again", () => {
  expect(namesOf(planOf("node killed", 1))).toEqual(["node killed"]);
  expect(namesOf(planOf("postgres", 1)).length).toBeGreaterThan(3);
  for (const stage of [...fastPlan(1), ...longPlan(1)]) {
    for (const { scenario, seed } of stage) {
      expect(strikesOf(planOf(scenario.name, seed))).toEqual(strikesOf([[{ scenario, seed }]]));
    }
  }
});
