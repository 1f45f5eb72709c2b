import { beforeEach, expect, it } from "vitest";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { type ClusterMessage, changesMessage } from "./cluster-messages.ts";
import { SaidAgain } from "./said-again.ts";

let clock: ManualClock;
let saidAgain: SaidAgain;
/** What nobody has anything to hear of any more, and whether that is known. */
let isOver: (message: ClusterMessage) => boolean;
let isKnown: boolean;
/** Whether Redis takes anything. */
let isThere: boolean;
/** What was tried, and what of it Redis took. */
let tried: number;
let taken: unknown[];
beforeEach(() => {
  clock = new ManualClock();
  isOver = () => false;
  isKnown = true;
  isThere = false;
  tried = 0;
  taken = [];
  saidAgain = new SaidAgain({
    clock,
    async renewed(message) {
      if (!isKnown) throw new Error("no database");
      return isOver(message) ? undefined : message;
    },
    async publish(message) {
      tried++;
      if (!isThere) throw new Error("gone");
      if ("packet" in message.data) taken.push(message.data.packet.data[1]);
    },
  });
});

function event(name: string, channel: string, payload: object): ClusterMessage {
  return {
    type: 3,
    data: { packet: { type: 2, data: [name, payload] }, opts: { rooms: [channel], except: [] } },
  };
}
const read = (userId: string, seq: number, roomId = "a") =>
  event("room:read", `room:${roomId}`, { roomId, userId, seq });

/** As the adapter does, while Redis is away. */
function say(message: ClusterMessage): void {
  saidAgain.said(message);
  saidAgain.unheard(message);
}

it("what Redis did not take is said once it does, of each matter what was said last", async () => {
  say(read("mina", 1));
  say(read("joon", 1));
  say(read("mina", 2));
  say(read("mina", 7, "b"));
  await clock.advance(5_000);
  expect(tried, "in vain, one for all").toBe(5);
  isThere = true;
  await clock.advance(5_000);
  expect(taken).toEqual([
    { roomId: "a", userId: "joon", seq: 1 },
    { roomId: "a", userId: "mina", seq: 2 },
    { roomId: "b", userId: "mina", seq: 7 },
  ]);
  expect(clock.timersWaiting).toBe(0);
});

it("what was said anew meanwhile is not followed by what was said before", async () => {
  const muted = (value: boolean) =>
    event("room:changed", "user:mina", { room: { id: "a", muted: value } });
  say(muted(true));
  isThere = true;
  saidAgain.said(muted(false));
  await clock.advance(5_000);
  expect(taken).toEqual([]);
});

it("what is not so any more is not said, and nothing is while that is not known", async () => {
  const [left, stays] = [read("mina", 1), read("joon", 2)];
  for (const message of [left, stays]) say(message);
  isThere = true;
  isKnown = false;
  await clock.advance(5_000);
  expect(taken).toEqual([]);
  isKnown = true;
  isOver = (message) => message === left;
  await clock.advance(1_000);
  expect(taken).toEqual([{ roomId: "a", userId: "joon", seq: 2 }]);
  expect(clock.timersWaiting).toBe(0);
});

it("of what was under way at once the last is said again, and nothing that is older than what was taken", async () => {
  const [before, after] = [read("mina", 1), read("mina", 2)];
  for (const message of [before, after]) saidAgain.said(message);
  for (const message of [before, after]) saidAgain.unheard(message);
  const [late, heard] = [read("joon", 1), read("joon", 2)];
  for (const message of [late, heard]) saidAgain.said(message);
  saidAgain.heard(heard);
  saidAgain.unheard(late);
  isThere = true;
  await clock.advance(5_000);
  expect(taken).toEqual([{ roomId: "a", userId: "mina", seq: 2 }]);
});

it("what is healed otherwise, or of the moment, is not said again", async () => {
  say(event("room:typing", "room:a", { roomId: "a", userId: "mina", typing: true }));
  say(event("room:changed", "room:a", { room: { id: "a", rev: 7 } }));
  say(event("room:added", "user:mina", { room: { id: "a" } }));
  say(changesMessage({ roomId: "a", changes: [], committedAt: undefined }));
  expect(clock.timersWaiting).toBe(0);
});

it("of more than can be kept the last are said, and nothing after the end", async () => {
  for (let seq = 1; seq <= 1_500; seq++) say(read(`user ${seq}`, seq));
  isThere = true;
  await clock.advance(1_000);
  await settled();
  expect([taken.length, taken[0]]).toEqual([1_000, { roomId: "a", userId: "user 501", seq: 501 }]);
  isThere = false;
  say(read("mina", 1));
  saidAgain.stop();
  say(read("joon", 1));
  expect(clock.timersWaiting).toBe(0);
});
