import { expect, it } from "vitest";
import { toldTooLate } from "./judge-told.ts";

const second = 1_000_000;
const word = (toldSecond: number, standstillMicros = 0) => ({
  ...{ key: 5, user: 1, roomId: "room", toldMicros: toldSecond * second, standstillMicros },
});
/** Its message was due at second 8, and answered at second 10. */
const answered = (key: number) => (key === 5 ? 10 * second : undefined);
const outage = (from: number, until: number) => ({
  ...{ fromMicros: from * second, untilMicros: until * second },
});

it("finds a word that came later than the contract allows, by when the message was stored at the latest", () => {
  expect(toldTooLate([word(16), word(17)], answered, [])).toEqual([word(17)]);
});

it("blames no server for the time in which its receiver stood still", () => {
  expect(toldTooLate([word(17, 2 * second)], answered, [])).toEqual([]);
  expect(toldTooLate([word(70, 2 * second)], answered, [])).toHaveLength(1);
});

it("asks for nothing while Redis is away, and just after", () => {
  expect(toldTooLate([word(40)], answered, [outage(9, 20)])).toEqual([]);
  expect(toldTooLate([word(40)], answered, [outage(3, 5)])).toEqual([]);
  expect(toldTooLate([word(40)], answered, [outage(1, 3), outage(50, 60)])).toHaveLength(1);
});

it("asserts nothing of a message that was never answered", () => {
  expect(toldTooLate([{ ...word(70), key: 6 }], answered, [])).toEqual([]);
});
