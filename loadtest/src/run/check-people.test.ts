import { expect, it } from "vitest";
import { Standstill } from "../measure/standstill.ts";
import { checkPeople } from "./check-people.ts";

it("has nobody look for what is overdue before what came during a standstill has been read", () => {
  let nowMs = 0;
  const standstill = new Standstill(250, () => nowMs * 1_000);
  const checked: number[] = [];
  const people = [{ check: (atMs: number) => checked.push(atMs) }];
  for (const atMs of [250, 500, 7_000, 7_250]) {
    nowMs = atMs;
    checkPeople(people, standstill, nowMs);
  }
  expect(checked).toEqual([250, 500, 7_250]);
});
