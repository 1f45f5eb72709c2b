import { expect, it } from "vitest";
import { Ledger } from "./ledger.ts";
import { Standing } from "./standing.ts";

const second = 1_000_000;

function connection() {
  const ledger = new Ledger();
  let nowMicros = 0;
  const standing = new Standing({
    ...{ place: 7, ledger, nowMicros: () => nowMicros },
    standstill: { sinceMicros: (micros) => micros / 10 },
  });
  return {
    standing,
    at(atSecond: number, what: "subscribed" | "unsubscribed") {
      nowMicros = atSecond * second;
      standing[what]();
    },
    /** A message that was due then is told of. */
    told(dueSecond: number, toldSecond: number, key = 5) {
      const intendedMicros = dueSecond * second;
      const change = { seq: 1, rev: 1, key, roomTag: 0, state: 0, intendedMicros };
      standing.told(change, toldSecond * second, "room");
      return ledger.lateWords.splice(0);
    },
  };
}

it("notes what was told long after it was due, with what its own process is to blame for", () => {
  const { at, told } = connection();
  at(1, "subscribed");
  expect(told(10, 15)).toEqual([]);
  expect(told(10, 70)).toEqual([
    { key: 5, user: 7, roomId: "room", toldMicros: 70 * second, standstillMicros: second },
  ]);
  // Notices were due at no known time.
  expect(told(10, 70, -1)).toEqual([]);
});

it("asks for no word about what was due before the connection stood", () => {
  const { at, told } = connection();
  expect(told(10, 70)).toEqual([]);
  at(20, "subscribed");
  expect(told(10, 70)).toEqual([]);
  expect(told(21, 70)).toHaveLength(1);
});

it("counts anew after the connection has ended or its token has run out, and not when it is renewed in time", () => {
  const { at, told } = connection();
  at(1, "subscribed");
  at(5, "subscribed");
  expect(told(3, 70)).toHaveLength(1);
  at(6, "unsubscribed");
  expect(told(3, 70)).toEqual([]);
  at(9, "subscribed");
  expect(told(3, 70)).toEqual([]);
  expect(told(10, 70)).toHaveLength(1);
});
