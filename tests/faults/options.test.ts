import { expect, test } from "vitest";
import { readOptions } from "./options.ts";

test("without parameters the fast selection, always the same", () => {
  expect(readOptions([])).toMatchObject({ mode: "fast", scenario: undefined });
  expect(readOptions([]).seed).toBe(readOptions([]).seed);
});

test("one scenario and seed, to see again what was found", () => {
  const options = readOptions(["--", "--scenario", "node killed", "--seed", "7"]);
  expect(options).toMatchObject({ mode: "fast", scenario: "node killed", seed: 7 });
});

test("what takes long is run in pieces", () => {
  expect(readOptions([]).part).toEqual({ number: 1, of: 1 });
  expect(readOptions(["--long", "--part", "2/8"]).part).toEqual({ number: 2, of: 8 });
  for (const part of ["0/3", "4/3", "half"]) {
    expect(() => readOptions(["--part", part])).toThrow(/a part is written 1\/4/);
  }
});

test("a soak's time has a unit", () => {
  expect(readOptions(["--soak", "30m"])).toMatchObject({ mode: "soak", soakMs: 1_800_000 });
  expect(() => readOptions(["--soak", "30"])).toThrow(/90s, 30m or 8h/);
});

test("what is not understood is not passed over", () => {
  expect(() => readOptions(["--lnog"])).toThrow(/^usage/);
  expect(() => readOptions(["--seed"])).toThrow(/needs a value/);
  expect(() => readOptions(["--seed", "x"])).toThrow(/whole number/);
});
