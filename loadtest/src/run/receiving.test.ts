import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { encodeClientId, roomTagOf } from "../clients/client-id.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import { FirstStates } from "../receive/first-states.ts";
import { Ledger } from "./ledger.ts";
import { Receiving, type ReceivingParts } from "./receiving.ts";
import { Tally } from "./tally.ts";

const ROOM = "0192d7a8-1111-7abc-8def-0123456789ab";
const TOLD_AFTER_MS = 10_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Somebody to whom a message was due that the server speaks of long after; returns what is held against the server. */
async function toldLate({ isGuest = false, isSlow = false }) {
  const ledger = new Ledger();
  const stamp = { roomTag: roomTagOf(ROOM), sender: 2, number: 0 };
  const message = { seq: 1, rev: 1, text: "words" };
  const receiving = new Receiving({
    ...{ place: 1, rooms: [{ roomId: ROOM, rev: 0, seq: 0 }], tally: new Tally(), ledger },
    client: {
      request: async () => ({
        rooms: [{ roomId: ROOM, rev: 1, changes: [{ ...message, clientId }], more: false }],
      }),
    } as unknown as ReceivingParts["client"],
    firstStatesOf: () => new FirstStates(),
    standstill: { sinceMicros: () => 0 },
    ...{ onRepeated() {}, onForeign: () => false, mayVisit: () => isGuest },
  });
  receiving.subscribed();
  await vi.advanceTimersByTimeAsync(1);
  const clientId = encodeClientId({ ...stamp, intendedMicros: machineMicros() });
  if (isSlow) receiving.becomeSlow();
  await vi.advanceTimersByTimeAsync(TOLD_AFTER_MS);
  receiving.head(ROOM, 1);
  await vi.advanceTimersByTimeAsync(1);
  expect(receiving.view(ROOM)).toMatchObject({ rev: 1, count: 1 });
  return ledger.lateWords;
}

it("holds a late word against the server, but not where the receiver had stopped reading, or comes and goes", async () => {
  expect(await toldLate({})).toMatchObject([{ user: 1, roomId: ROOM }]);
  expect(await toldLate({ isSlow: true })).toEqual([]);
  expect(await toldLate({ isGuest: true })).toEqual([]);
});
