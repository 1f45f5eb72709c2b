import { describe, expect, test } from "vitest";
import { randomOfSeed } from "../scenarios/random-of.ts";
import { shrink } from "../shrink/shrink.ts";
import { check } from "./check.ts";
import type { History } from "./history.ts";
import { inventHistory } from "./invented.ts";
import { SERVED_BADLY } from "./plants-served.ts";
import { STORED_WRONG } from "./plants-stored.ts";
import { TOLD_WRONGLY } from "./plants-told.ts";

/*
 * The judge is judged: long runs in which everything is as it should be, into which one violation is planted
 * somewhere. It finds nothing in the first, and in the second what was planted.
 */

const SEEDS = Array.from({ length: 25 }, (_, index) => index + 1);
const ALLOWANCES = {
  ...{ revocationMs: 1_500, expiryMs: 500, signalMs: 1_500, unheededMs: 0 },
  ...{ heardMs: 5_000, arrivalMs: 7_000, answerMs: 5_000, liveMs: 2_000 },
};

const PLANTS = [...STORED_WRONG, ...TOLD_WRONGLY, ...SERVED_BADLY];
const inventedBy = (seed: number) => inventHistory(randomOfSeed(seed)("story"));

test("runs without a violation are found to have none", () => {
  for (const seed of [...SEEDS, ...SEEDS.map((seed) => seed + 1_000)]) {
    expect([seed, check(inventedBy(seed), ALLOWANCES)]).toEqual([seed, []]);
  }
});

describe("planted somewhere, this is found:", () => {
  test.each(PLANTS)("$what", ({ rule, says, into }) => {
    let planted = 0;
    for (const seed of SEEDS) {
      const history = into(inventedBy(seed), randomOfSeed(seed)("plant"));
      if (!history) continue;
      planted += 1;
      const found = check(history, ALLOWANCES).filter((violation) => violation.rule === rule);
      expect([seed, found.map(({ what }) => what)]).toEqual([
        seed,
        expect.arrayContaining([expect.stringMatching(says)]),
      ]);
    }
    // Otherwise nothing was tried.
    expect(planted).toBeGreaterThan(4);
  });
});

test("of twelve strikes the two that do it together are what is left", async () => {
  const strikes = Array.from({ length: 12 }, (_, index) => index);
  const plant = PLANTS.find(({ what }) => what === "stored twice");
  const runs = (some: readonly number[]): History => {
    const run = inventedBy(7);
    const isHit = some.includes(4) && some.includes(9);
    return (isHit && plant?.into(run, randomOfSeed(7)("plant"))) || run;
  };
  const [first] = check(runs(strikes), ALLOWANCES);
  const stillFails = async (some: readonly number[]) =>
    check(runs(some), ALLOWANCES).some(({ rule }) => rule === first?.rule);
  expect(await shrink(strikes, stillFails)).toEqual([4, 9]);
});
