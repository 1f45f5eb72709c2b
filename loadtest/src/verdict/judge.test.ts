import { expect, it } from "vitest";
import { keyOf, roomTagOf } from "../clients/client-id.ts";
import { judgeHistory, type RoomCase, type Stored, unexplained } from "./judge.ts";

const ROOM = "0192d7a8-1111-7abc-8def-0123456789ab";
const TAG = roomTagOf(ROOM);
const NONE = { lost: 0, doubled: 0, outOfOrder: 0, wrongRoom: 0 };

const message = (seq: number, sender: number, number: number, roomTag = TAG): Stored => ({
  seq,
  key: keyOf({ sender, number }),
  roomTag,
  rev: seq,
  state: 0,
  isGarbled: false,
});

/** Three messages of two senders after two notices of the set-up. */
function goodCase(): RoomCase {
  const stored = [message(3, 1, 0), message(4, 2, 0), message(5, 1, 1)];
  return {
    roomId: ROOM,
    firstSeq: 2,
    stored,
    acknowledged: stored.map(({ seq, key }) => ({ seq, key })),
    changed: [],
  };
}

const judge = (change: (room: RoomCase) => Partial<RoomCase>, repeated: number[] = []) => {
  const room = goodCase();
  return judgeHistory({ ...room, ...change(room) }, new Set(repeated)).violations;
};

it("finds nothing where nothing is wrong", () => {
  expect(judge(() => ({}))).toEqual(NONE);
});

it("finds an acknowledged message that is not stored, at the end and in the middle", () => {
  expect(judge(({ stored }) => ({ stored: stored.slice(0, 2) }))).toEqual({ ...NONE, lost: 1 });
  // In the middle its number is missing too.
  const middle = judge(({ stored }) => ({ stored: stored.filter(({ seq }) => seq !== 4) }));
  expect(middle).toEqual({ ...NONE, lost: 2 });
});

it("finds a message that is stored twice", () => {
  const stored = [...goodCase().stored, message(6, 2, 0)];
  expect(judge(() => ({ stored }), [keyOf({ sender: 2, number: 0 })])).toMatchObject({
    doubled: 1,
  });
});

it("finds two messages of one sender in another order than they were sent in", () => {
  const stored = [message(3, 1, 1), message(4, 2, 0), message(5, 1, 0)];
  const acknowledged = stored.map(({ seq, key }) => ({ seq, key }));
  expect(judge(() => ({ stored, acknowledged }))).toEqual({ ...NONE, outOfOrder: 1 });
  // Of one that was sent again after a lost answer, the order is open.
  const again = [keyOf({ sender: 1, number: 0 })];
  expect(judge(() => ({ stored, acknowledged }), again)).toEqual(NONE);
});

it("finds a message with another number than its sender was told", () => {
  const acknowledged = goodCase().stored.map(({ seq, key }) => ({ seq: seq + 1, key }));
  expect(judge(() => ({ acknowledged }))).toEqual({ ...NONE, outOfOrder: 3 });
});

it("finds a message that was sent to another room", () => {
  const stored = [message(3, 1, 0), message(4, 2, 0, TAG + 1), message(5, 1, 1)];
  expect(judge(() => ({ stored }))).toEqual({ ...NONE, wrongRoom: 1 });
});

it("takes a message without an answer as it is: stored or not", () => {
  expect(judge(({ acknowledged }) => ({ acknowledged: acknowledged.slice(0, 2) }))).toEqual(NONE);
});

it("finds an acknowledged change that is not stored, or that is stored otherwise", () => {
  const edited = ({ stored }: RoomCase) =>
    stored.map((one) => (one.seq === 4 ? { ...one, rev: 9, state: 77 } : one));
  const change = { seq: 4, rev: 9, state: 77 };
  expect(judge((room) => ({ stored: edited(room), changed: [change] }))).toEqual(NONE);
  // An earlier one that a later one has covered.
  const earlier = { seq: 4, rev: 8, state: 55 };
  expect(judge((room) => ({ stored: edited(room), changed: [earlier] }))).toEqual(NONE);
  expect(judge(() => ({ changed: [change] }))).toEqual({ ...NONE, lost: 1 });
  const other = { ...change, state: 78 };
  expect(judge((room) => ({ stored: edited(room), changed: [other] }))).toEqual({
    ...NONE,
    outOfOrder: 1,
  });
});

it("finds a message that says something else than was sent", () => {
  const garbled = ({ stored }: RoomCase) =>
    stored.map((one) => (one.seq === 4 ? { ...one, isGarbled: true } : one));
  expect(judge((room) => ({ stored: garbled(room) }))).toEqual({ ...NONE, outOfOrder: 1 });
});

it("explains an announcement that came twice only by a message that was sent twice", () => {
  expect(unexplained([1, 2, 3], new Set([2]))).toEqual([1, 3]);
});
