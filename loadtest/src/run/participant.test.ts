import { expect, it } from "vitest";
import { roomTagOf } from "../clients/client-id.ts";
import { Standstill } from "../measure/standstill.ts";
import { FirstStates } from "../receive/first-states.ts";
import { UNTOLD_GAP_MS } from "../receive/gaps.ts";
import type { Noticed } from "../receive/room-view.ts";
import { Ledger } from "./ledger.ts";
import { Participant } from "./participant.ts";
import { Tally } from "./tally.ts";

const ROOM = "0192d7a8-1111-7abc-8def-0123456789ab";
const roomTag = roomTagOf(ROOM);
const ownRoom = { index: 0, roomId: ROOM, roomTag, rev: 0, seq: 0 };

/** Somebody who lacks a change for so long that the server should have spoken of it; `isOverdue` says whether it should. */
function lacking() {
  const noticed: Noticed = {
    ...{ silentGap() {}, outOfOrder() {}, wrongRoom() {}, repeated() {}, taken() {} },
  };
  const participant = new Participant({
    ...{ place: 1, client: "raw", urls: ["http://127.0.0.1:9"], siteUrl: "http://127.0.0.1:9" },
    user: {
      ...{ userId: "user", nickname: "user", sessionId: "session" },
      ...{ accessToken: "token", expiresAt: 0, refreshToken: "token" },
    },
    ...{ localAddress: undefined, visits: [], hosted: [], acts: false, random: () => 0 },
    rooms: [ownRoom],
    ...{ tally: new Tally(), ledger: new Ledger(), onRepeated() {} },
    standstill: new Standstill(250, () => 0),
    firstStatesOf: () => new FirstStates(),
  });
  const view = participant.view(ROOM);
  const longAgoMs = performance.now() - 2 * UNTOLD_GAP_MS;
  view?.live({ seq: 2, rev: 2, key: 20, roomTag, state: 0, intendedMicros: 0 }, longAgoMs, noticed);
  return { participant, isOverdue: () => view?.checkGaps(performance.now(), noticed) };
}

it("gives the server's word all its time from when it can be read again", () => {
  const { participant, isOverdue } = lacking();
  participant.pause();
  participant.resume();
  expect(isOverdue()).toBe(false);
});

it("gives it no more time when it is told to go on and had never stopped", () => {
  const { participant, isOverdue } = lacking();
  participant.resume();
  expect(isOverdue()).toBe(true);
});
