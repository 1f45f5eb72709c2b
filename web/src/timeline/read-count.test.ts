import { expect, it } from "vitest";
import { notReadBy, readMarks } from "./read-count.ts";

const members = [7, 3, 3, 9, 0].map((readSeq) => ({ readSeq }));

it.each([
  [1, 1],
  [3, 1],
  [4, 3],
  [8, 4],
  [9, 4],
  [10, 5],
])("the message at %i has not been read by %i", (seq, count) => {
  expect(notReadBy(readMarks(members), seq)).toBe(count);
  // The definition itself, slow and plain.
  expect(members.filter(({ readSeq }) => readSeq < seq)).toHaveLength(count);
});

it("nobody is left in a room without members", () => {
  expect(notReadBy([], 1)).toBe(0);
});
