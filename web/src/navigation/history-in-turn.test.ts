import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HistoryInTurn } from "./history-in-turn.ts";

let inTurn: HistoryInTurn;
let done: string[];
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("history", { back: () => done.push("back") });
  inTurn = new HistoryInTurn();
  done = [];
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("what is to be done while the browser steps back is done once it has", () => {
  inTurn.stepOut();
  inTurn.do(() => done.push("push"));
  expect(done).toEqual(["back"]);
  expect(inTurn.arrive()).toBe("gone on");
  expect(done).toEqual(["back", "push"]);
  vi.advanceTimersByTime(60_000);
  expect(inTurn.arrive()).toBe("as it was");
});

test("a step that the browser never takes holds nothing up for good", () => {
  inTurn.stepOut();
  inTurn.do(() => done.push("push"));
  vi.advanceTimersByTime(2_999);
  expect(done).toEqual(["back"]);
  vi.advanceTimersByTime(1);
  expect(done).toEqual(["back", "push"]);
  inTurn.do(() => done.push("replace"));
  expect(done).toEqual(["back", "push", "replace"]);
});
