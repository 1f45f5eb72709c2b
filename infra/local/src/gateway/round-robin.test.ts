import { expect, test } from "vitest";
import { RoundRobin } from "./round-robin.ts";

test("each target comes first in turn, and every target is tried", () => {
  const round = new RoundRobin<string>();
  expect(round.order(["a", "b", "c"])).toEqual(["a", "b", "c"]);
  expect(round.order(["a", "b", "c"])).toEqual(["b", "c", "a"]);
  expect(round.order(["a", "b", "c"])).toEqual(["c", "a", "b"]);
  expect(round.order(["a", "b", "c"])).toEqual(["a", "b", "c"]);
});

test("targets may come and go", () => {
  const round = new RoundRobin<string>();
  round.order(["a", "b"]);
  expect(round.order([])).toEqual([]);
  expect(round.order(["a"])).toEqual(["a"]);
});
