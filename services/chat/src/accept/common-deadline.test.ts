import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { CommonDeadline } from "./common-deadline.ts";

let clock: ManualClock;
let overdue: string[];
let deadline: CommonDeadline<string>;
beforeEach(() => {
  clock = new ManualClock();
  overdue = [];
  deadline = new CommonDeadline(clock, 100, (item) => overdue.push(item));
});

describe("what must be done within a time", () => {
  it("is overdue exactly then, each by its own time, and by one timer", async () => {
    deadline.add("a");
    await clock.advance(60);
    deadline.add("b");
    expect(clock.timersWaiting).toBe(1);
    await clock.advance(39);
    expect(overdue).toEqual([]);
    await clock.advance(1);
    expect(overdue).toEqual(["a"]);
    await clock.advance(59);
    expect(overdue).toEqual(["a"]);
    await clock.advance(1);
    expect(overdue).toEqual(["a", "b"]);
    expect(clock.timersWaiting).toBe(0);
  });

  it("and is done is not overdue; what was overdue is not in time", async () => {
    deadline.add("a");
    deadline.add("b");
    expect(deadline.done("a")).toBe(true);
    await clock.advance(100);
    expect(overdue).toEqual(["b"]);
    expect(deadline.done("b")).toBe(false);
  });

  it("is watched anew after everything was done", async () => {
    deadline.add("a");
    deadline.done("a");
    await clock.advance(150);
    deadline.add("b");
    await clock.advance(100);
    expect(overdue).toEqual(["b"]);
  });
});
