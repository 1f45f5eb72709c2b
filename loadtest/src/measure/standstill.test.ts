import { expect, it } from "vitest";
import { Standstill } from "./standstill.ts";

function process() {
  let nowMicros = 0;
  const standstill = new Standstill(250, () => nowMicros);
  return {
    standstill,
    /** The timer comes after so long. */
    after(ms: number) {
      nowMicros += ms * 1_000;
      return standstill.tick();
    },
    pass(ms: number) {
      nowMicros += ms * 1_000;
    },
  };
}

it("counts the time in which nothing could be read, and no delay of a timer", () => {
  const { standstill, after } = process();
  expect(after(250)).toBe(false);
  expect(after(400)).toBe(false);
  expect(standstill.sinceMicros(0)).toBe(0);
  expect(after(3_250)).toBe(true);
  expect(standstill.sinceMicros(0)).toBe(3_000_000);
  // What began after it was not held up.
  expect(standstill.sinceMicros(3_900_000)).toBe(0);
});

it("knows of a standstill before its timer has come", () => {
  const { standstill, pass } = process();
  pass(5_250);
  expect(standstill.sinceMicros(0)).toBe(5_000_000);
});
