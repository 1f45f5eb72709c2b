import { expect, it } from "vitest";
import type { Move, Sight } from "../run/ledger.ts";
import { trespasses } from "./judge-visits.ts";

const visit = { room: 3, user: 7 };
const move = (isIn: boolean, askedMicros: number, toldMicros: number): Move => ({
  ...visit,
  isIn,
  askedMicros,
  toldMicros,
});
const sight = (sinceMicros: number, gotMicros: number): Sight => ({
  ...visit,
  sinceMicros,
  gotMicros,
});

/** In from 10, out at 30, asked in again at 50, out at 70. */
const MOVES = [move(true, 10, 12), move(false, 28, 30), move(true, 50, 52), move(false, 68, 70)];

it("lets a guest see what is said while it is in the room, and what was on its way when it left", () => {
  const sights = [sight(11, 13), sight(29, 31), sight(29, 40), sight(51, 53), sight(69, 90)];
  expect(trespasses(MOVES, sights)).toEqual([]);
});

it("lets nobody see what was said after it had left, or before it was let in", () => {
  for (const seen of [sight(31, 32), sight(35, 49), sight(71, 500), sight(1, 9)]) {
    expect(trespasses(MOVES, [seen])).toEqual([seen]);
  }
});

it("lets one who was let in again have what was due before and is stored only now", () => {
  expect(trespasses(MOVES, [sight(35, 55)])).toEqual([]);
});

it("asserts nothing where an invitation may have come about after the departure", () => {
  // Asked at 27, answered at 31: before or after the leaving of 28 to 30.
  expect(trespasses([move(true, 27, 31), move(false, 28, 30)], [sight(35, 36)])).toEqual([]);
});

it("knows each guest of each room by itself, and those whom nobody ever let in", () => {
  const others = MOVES.map((one) => ({ ...one, user: 8 }));
  expect(trespasses(others, [sight(11, 13)])).toEqual([sight(11, 13)]);
});
