import { expect, test } from "vitest";
import { findUnheard, isSomethingUnheard } from "./check-heard.ts";
import type { Entry, History } from "./history.ts";
import { ALICE, BOB, goodHistory, MESSAGES, told } from "./testing.ts";

const PROMISED = { heardMs: 5_000 };
/** Whether it is to be waited, so long after the last message. */
const isWaitedFor = (lookedAfterMs: number, allowances: object, ...more: Entry[]) =>
  isSomethingUnheard(deafHistory(0, ...more), allowances, LAST_AT + lookedAfterMs);
const LAST_AT = MESSAGES[3].createdAt;

const ready = (userId: string, socket: number): Entry => {
  return { kind: "ready", at: 0, client: userId, userId, socket, nodeId: "chat-1", repairs: false };
};
/** Alice hears everything, Bob nothing after the second message; looked at so long after the last one. */
function deafHistory(lookedAfterMs: number, ...more: Entry[]): History {
  const heard = MESSAGES.map((message) => told(ALICE, message));
  const half = MESSAGES.slice(0, 2).map((message) => told(BOB, message));
  const end: Entry = { kind: "fault", at: LAST_AT + lookedAfterMs, what: "looked at" };
  const entries = [ready(ALICE, 2), ready(BOB, 1), ...heard, ...half, ...more, end];
  return goodHistory({ entries: entries.sort((one, other) => one.at - other.at) });
}

test("a socket that hears nothing more is waited for as long as it is promised, and then it is late", () => {
  expect(findUnheard(deafHistory(900), PROMISED)).toEqual([]);
  expect(isWaitedFor(900, PROMISED)).toBe(true);
  expect(isWaitedFor(5_100, PROMISED)).toBe(false);
  expect(findUnheard(deafHistory(5_100), PROMISED).map(({ client, seq }) => [client, seq])).toEqual(
    [
      [BOB, 3],
      [BOB, 4],
    ],
  );
});

test("nobody is waited for who has heard, who has gone, or to whom nothing is promised", () => {
  const rest = MESSAGES.slice(2).map((message) => told(BOB, message));
  expect(isWaitedFor(900, PROMISED, ...rest)).toBe(false);
  const closed: Entry = { kind: "closed", at: LAST_AT + 100, client: BOB, socket: 1 };
  expect(isWaitedFor(900, PROMISED, closed)).toBe(false);
  expect(isWaitedFor(900, {})).toBe(false);
});

test("what was committed while something was broken has its time from the end of that on", () => {
  const struck: Entry = {
    ...{ kind: "struck", at: LAST_AT - 500, until: LAST_AT + 3_000 },
    ...{ fault: "postgres paused", nodeId: undefined },
  };
  const healed = { healedMs: 5_000 };
  expect(findUnheard(deafHistory(5_100, struck), healed)).toEqual([]);
  expect(isWaitedFor(5_100, healed, struck)).toBe(true);
  expect(findUnheard(deafHistory(8_100, struck), healed)).toHaveLength(2);
  expect(findUnheard(deafHistory(5_100, struck), PROMISED)).toHaveLength(2);

  // Noted when it is over: whichever of two ends first.
  const next: Entry = { ...struck, at: LAST_AT + 2_500, until: LAST_AT + 6_000 };
  for (const both of [
    [struck, next],
    [next, struck],
  ]) {
    expect(findUnheard(deafHistory(10_900, ...both), healed)).toEqual([]);
    expect(findUnheard(deafHistory(11_100, ...both), healed)).toHaveLength(2);
  }
});
