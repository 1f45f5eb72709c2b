import { expect, it } from "vitest";
import { fingerprint } from "../receive/fingerprint.ts";
import { differenceOf, expectationOf, truthOf } from "./expectation.ts";

const stored = [3, 4, 5].map((seq) => ({
  ...{ seq, key: seq * 10, rev: seq, state: seq * 7 },
  ...{ roomTag: 0, isGarbled: false },
}));
const truth = truthOf(stored, 9);
const sumOf = (...seqs: number[]) =>
  seqs.reduce((sum, seq) => (sum + fingerprint(seq, seq * 10, seq * 7)) | 0, 0);

it("expects of each receiver what was stored since its time began", () => {
  expect(expectationOf(truth, 2)).toEqual({ rev: 9, seq: 5, count: 3, sum: sumOf(3, 4, 5) });
  expect(expectationOf(truth, 4)).toEqual({ rev: 9, seq: 5, count: 1, sum: sumOf(5) });
  expect(expectationOf(truth, 8)).toEqual({ rev: 9, seq: 8, count: 0, sum: 0 });
});

it("tells what a receiver lacks, and that it holds something else", () => {
  const expected = expectationOf(truth, 2);
  const held = { ...expected, isReset: false };
  expect(differenceOf(held, expected)).toBeUndefined();
  // Nobody in the room got anything.
  expect(differenceOf({ rev: 2, seq: 2, count: 0, sum: 0, isReset: false }, expected)).toEqual({
    missing: 3,
    isDifferent: false,
  });
  // All messages, but not the last four changes of them.
  expect(differenceOf({ ...held, rev: 5 }, expected)).toEqual({ missing: 4, isDifferent: false });
  expect(differenceOf({ ...held, count: 2 }, expected)).toEqual({ missing: 1, isDifferent: false });
  const other = { missing: 0, isDifferent: true };
  expect(differenceOf({ ...held, sum: held.sum + 1 }, expected)).toEqual(other);
  expect(differenceOf({ ...held, count: 4 }, expected)).toEqual(other);
});

it("asks of who was given the newest page alone only to be up to date", () => {
  const expected = expectationOf(truth, 2);
  expect(differenceOf({ ...expected, count: 1, sum: 1, isReset: true }, expected)).toBeUndefined();
  expect(differenceOf({ ...expected, rev: 8, isReset: true }, expected)).toBeDefined();
});
