import fc from "fast-check";
import { expect, it } from "vitest";
import type { Change } from "../clients/changes.ts";
import { fingerprint } from "./fingerprint.ts";
import { FirstStates } from "./first-states.ts";
import { UNTOLD_GAP_MS } from "./gaps.ts";
import { type Noticed, RoomView } from "./room-view.ts";

const TAG = 7;

/** The change that is both the message `seq` and the room's change of that number. */
const change = (seq: number, roomTag = TAG): Change => ({
  seq,
  rev: seq,
  key: seq * 10,
  intendedMicros: 0,
  roomTag,
  state: seq * 3,
});

/** The message `seq` as the change `rev` has left it. */
const changed = (seq: number, rev: number, state: number): Change => ({
  ...change(seq),
  rev,
  state,
});

const sumOf = (...messages: Change[]) =>
  messages.reduce((sum, { seq, key, state }) => (sum + fingerprint(seq, key, state)) | 0, 0);

function receiver(first = new FirstStates(), start = { rev: 0, seq: 0 }) {
  const noticed: string[] = [];
  const listener: Noticed = {
    silentGap: (rev) => noticed.push(`lost ${rev}`),
    outOfOrder: (rev) => noticed.push(`out of order ${rev}`),
    wrongRoom: () => noticed.push("wrong room"),
    repeated: ({ key }) => noticed.push(`repeated ${key}`),
    taken: ({ seq }, how) => noticed.push(`${how} ${seq}`),
  };
  const view = new RoomView({ roomId: "room", roomTag: TAG, ...start, first });
  const live = (...seqs: number[]) => {
    for (const seq of seqs) view.live(change(seq), 0, listener);
  };
  return { view, noticed, listener, live };
}

it("takes what comes in order, and counts it", () => {
  const { view, noticed, live } = receiver();
  live(1, 2, 3);
  expect(noticed).toEqual(["live 1", "live 2", "live 3"]);
  expect([view.rev, view.seq, view.count]).toEqual([3, 3, 3]);
});

it("reports a change that comes twice", () => {
  const { noticed, live } = receiver();
  live(1, 2, 2);
  expect(noticed).toContain("repeated 20");
});

it("reports changes that come in the wrong order, and still takes all of them", () => {
  const { view, noticed, listener, live } = receiver();
  live(1, 3, 2);
  expect(noticed).toEqual(["live 1", "out of order 2", "live 2", "live 3"]);
  expect(view.checkGaps(UNTOLD_GAP_MS, listener)).toBe(false);
});

it("reports a gap that the server does not tell of within its time", () => {
  const { view, noticed, listener, live } = receiver();
  live(1, 4);
  expect(view.checkGaps(UNTOLD_GAP_MS - 1, listener)).toBe(false);
  expect(view.checkGaps(UNTOLD_GAP_MS, listener)).toBe(true);
  expect(noticed).toEqual(["live 1", "lost 2", "lost 3"]);
  expect(view.checkGaps(UNTOLD_GAP_MS * 2, listener)).toBe(false);
});

it("gives the server's word all its time from when it can be read", () => {
  const { view, listener, live } = receiver();
  live(1, 3);
  view.readAgain(20_000);
  expect(view.checkGaps(20_000 + UNTOLD_GAP_MS - 1, listener)).toBe(false);
  expect(view.checkGaps(20_000 + UNTOLD_GAP_MS, listener)).toBe(true);
});

it("accepts a gap of which the server tells, whether the change then comes or is fetched", () => {
  const { view, noticed, listener, live } = receiver();
  live(1, 4);
  view.told();
  live(2);
  view.fetched([change(2), change(3), change(4)], 4, listener);
  live(5);
  expect(view.checkGaps(UNTOLD_GAP_MS, listener)).toBe(false);
  expect(noticed).toEqual(["live 1", "live 2", "fetched 3", "fetched 4", "live 5"]);
  expect([view.rev, view.count]).toEqual([5, 5]);
});

it("accepts what comes live after it was fetched, once", () => {
  const { view, noticed, listener, live } = receiver();
  view.disconnected();
  view.fetched([change(1), change(2), change(3)], 3, listener);
  live(2, 3, 4);
  expect(noticed).toEqual(["fetched 1", "fetched 2", "fetched 3", "live 4"]);
  live(3);
  expect(noticed).toContain("repeated 30");
});

it("forgets the gaps of a connection that has ended: what it missed is fetched", () => {
  const { view, noticed, listener, live } = receiver();
  live(1, 3);
  view.disconnected();
  live(5);
  view.fetched([change(2), change(3), change(4)], 4, listener);
  expect(noticed).toEqual(["live 1", "fetched 2", "fetched 3", "fetched 4", "live 5"]);
  expect(view.checkGaps(UNTOLD_GAP_MS, listener)).toBe(false);
});

it("notices a message of another room, and a number that was left out", () => {
  const { view, noticed, listener } = receiver();
  view.live(change(1, TAG + 1), 0, listener);
  expect(noticed).toContain("wrong room");
  view.live({ ...change(3), rev: 2 }, 0, listener);
  expect(noticed).toContain("out of order 2");
});

it("counts a message once, however often it changes and whatever way it comes", () => {
  const { view, listener } = receiver();
  view.live(change(1), 0, listener);
  view.live({ ...change(1), rev: 2 }, 0, listener);
  view.fetched(
    [
      { ...change(2), rev: 3 },
      { ...change(1), rev: 5 },
      { ...change(3), rev: 6 },
    ],
    6,
    listener,
  );
  expect([view.rev, view.seq, view.count]).toEqual([6, 3, 3]);
});

it("ends with the same sum whatever part was fetched, and with another one if a message differs", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(30), (total, fetchedFrom) => {
      const { view, listener } = receiver();
      const seqs = Array.from({ length: total }, (_, index) => index + 1);
      const expected = seqs.reduce(
        (sum, seq) => (sum + fingerprint(seq, seq * 10, seq * 3)) | 0,
        0,
      );
      for (const seq of seqs.filter((one) => one <= fetchedFrom)) {
        view.live(change(seq), 0, listener);
      }
      view.fetched(
        seqs.filter((seq) => seq > view.rev).map((seq) => change(seq)),
        total,
        listener,
      );
      expect(view.sum).toBe(expected);
      expect(view.sum).not.toBe((expected + fingerprint(1, 11, 3) - fingerprint(1, 10, 3)) | 0);
    }),
  );
});

it("holds each message as it was left, whatever of its changes came live and whatever was fetched", () => {
  const first = new FirstStates();
  const one = receiver(first);
  const other = receiver(first);
  one.view.live(change(1), 0, one.listener);
  one.view.live(changed(1, 2, 77), 0, one.listener);
  one.view.live(changed(2, 3, 6), 0, one.listener);
  one.view.live(changed(2, 4, 88), 0, one.listener);
  // Both messages were new to the other one when they had been changed already.
  other.view.fetched([changed(1, 2, 77), changed(2, 4, 88)], 4, other.listener);
  expect(one.view.sum).toBe(sumOf(changed(1, 2, 77), changed(2, 4, 88)));
  expect(other.view.sum).toBe(one.view.sum);
  other.view.live(changed(1, 5, 99), 0, other.listener);
  expect(other.view.sum).toBe(sumOf(changed(1, 5, 99), changed(2, 4, 88)));
  // And one who does not hear of the last change ends with another sum.
  expect(one.view.sum).not.toBe(other.view.sum);
});

it("reports what one answer holds twice", () => {
  const { noticed, view, listener } = receiver();
  view.fetched([change(1), change(2), change(2)], 2, listener);
  expect(noticed).toEqual(["fetched 1", "fetched 2", "repeated 20"]);
});

it("does not count what was before its time, however late it is announced", () => {
  const { noticed, view, live } = receiver(new FirstStates(), { rev: 2, seq: 2 });
  live(2, 3);
  expect(noticed).toEqual(["live 3"]);
  expect(view.count).toBe(1);
});

it("does not follow what becomes of messages from before its time", () => {
  const { view, listener } = receiver(new FirstStates(), { rev: 2, seq: 2 });
  view.live(changed(1, 3, 77), 0, listener);
  view.live(changed(1, 4, 88), 0, listener);
  view.live(changed(3, 5, 99), 0, listener);
  expect([view.count, view.sum]).toEqual([1, sumOf(changed(3, 5, 99))]);
});

it("takes a message that was changed while it was fetched when its later change comes", () => {
  const { view, listener, live, noticed } = receiver();
  live(1);
  // The second one has moved on to change 4 before the answer was read.
  view.fetched([change(3)], 3, listener);
  expect(view.count).toBe(2);
  view.live(changed(2, 4, 88), 0, listener);
  expect(noticed).toEqual(["live 1", "fetched 3", "live 2"]);
  expect(view.sum).toBe(sumOf(change(1), changed(2, 4, 88), change(3)));
});

it("tells a message that an answer had left out apart from what nobody had spoken of", () => {
  const { view, listener, live, noticed } = receiver();
  live(1);
  view.fetched([change(3)], 3, listener);
  view.fetched([changed(2, 4, 88)], 4, listener);
  expect(noticed).toEqual(["live 1", "fetched 3", "filled 2"]);
});

it("does not take for a repeat what comes after it was fetched, unless it comes again", () => {
  const { noticed, view, listener, live } = receiver();
  live(1, 3);
  view.told();
  view.fetched([change(2), change(3)], 3, listener);
  live(2, 4);
  expect(noticed).toEqual(["live 1", "fetched 2", "fetched 3", "live 4"]);
  live(2);
  expect(noticed).toContain("repeated 20");
});

it("blames nobody for a gap that was fetched before the server spoke of it, nor for what then comes late", () => {
  const { noticed, view, listener, live } = receiver();
  live(1, 3);
  // By a fetch that was under way when the gap came about.
  view.fetched([change(2), change(3)], 3, listener);
  expect(view.checkGaps(UNTOLD_GAP_MS, listener)).toBe(false);
  live(2);
  expect(noticed).toEqual(["live 1", "fetched 2", "fetched 3"]);
});

it("asks the server for no word of what it fetches on a new connection, however long that takes", () => {
  const { noticed, view, listener, live } = receiver();
  live(1);
  view.disconnected();
  live(4, 3);
  expect(view.checkGaps(UNTOLD_GAP_MS * 2, listener)).toBe(false);
  view.fetched([change(2), change(3), change(4)], 4, listener);
  expect(noticed).toEqual(["live 1", "fetched 2", "fetched 3", "fetched 4"]);
  live(7);
  expect(view.checkGaps(UNTOLD_GAP_MS, listener)).toBe(true);
});

it("takes what another node is late with for no repeat, unless it comes twice from there", () => {
  const { noticed, view, listener, live } = receiver();
  live(1, 2, 3);
  view.disconnected();
  live(2, 3, 5);
  view.fetched([change(4), change(5), change(6)], 6, listener);
  // Fetched before they came, and in any order.
  live(8, 6, 4);
  expect(noticed.filter((one) => one.startsWith("repeated"))).toEqual([]);
  live(3);
  expect(noticed.at(-1)).toBe("repeated 30");
  live(6);
  expect(noticed.at(-1)).toBe("repeated 60");
});
