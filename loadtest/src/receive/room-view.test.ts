import fc from "fast-check";
import { expect, it } from "vitest";
import type { Change } from "../clients/changes.ts";
import { fingerprint, type Noticed, RoomView, UNTOLD_GAP_MS } from "./room-view.ts";

const TAG = 7;

/** The change that is both the message `seq` and the room's change of that number. */
const change = (seq: number, roomTag = TAG): Change => ({
  seq,
  rev: seq,
  key: seq * 10,
  intendedMicros: 0,
  roomTag,
});

function receiver() {
  const noticed: string[] = [];
  const listener: Noticed = {
    silentGap: (rev) => noticed.push(`lost ${rev}`),
    outOfOrder: (rev) => noticed.push(`out of order ${rev}`),
    wrongRoom: () => noticed.push("wrong room"),
    repeated: (key) => noticed.push(`repeated ${key}`),
    taken: ({ seq }, how) => noticed.push(`${how} ${seq}`),
  };
  const view = new RoomView("room", TAG, 0, 0);
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
  const { view, noticed, live } = receiver();
  live(1, 3, 2);
  expect(noticed).toEqual(["live 1", "out of order 2", "live 2", "live 3"]);
  expect(view.hasGap).toBe(false);
});

it("reports a gap that the server does not tell of within its time", () => {
  const { view, noticed, listener, live } = receiver();
  live(1, 4);
  expect(view.checkGaps(UNTOLD_GAP_MS - 1, listener)).toBe(false);
  expect(view.checkGaps(UNTOLD_GAP_MS, listener)).toBe(true);
  expect(noticed).toEqual(["live 1", "lost 2", "lost 3"]);
  expect(view.checkGaps(UNTOLD_GAP_MS * 2, listener)).toBe(false);
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
  view.reconnected();
  view.fetched([change(1), change(2), change(3)], 3, listener);
  live(2, 3, 4);
  expect(noticed).toEqual(["fetched 1", "fetched 2", "fetched 3", "live 4"]);
  live(3);
  expect(noticed).toContain("repeated 30");
});

it("forgets the gaps of a connection that has ended: what it missed is fetched", () => {
  const { view, noticed, listener, live } = receiver();
  live(1, 3);
  view.reconnected();
  live(5);
  view.fetched([change(2), change(3), change(4)], 4, listener);
  expect(noticed).toEqual(["live 1", "fetched 2", "fetched 3", "fetched 4", "live 5"]);
  expect(view.hasGap).toBe(false);
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
      const expected = seqs.reduce((sum, seq) => (sum + fingerprint(seq, seq * 10)) | 0, 0);
      for (const seq of seqs.filter((one) => one <= fetchedFrom)) {
        view.live(change(seq), 0, listener);
      }
      view.fetched(
        seqs.filter((seq) => seq > view.rev).map((seq) => change(seq)),
        total,
        listener,
      );
      expect(view.sum).toBe(expected);
      expect(view.sum).not.toBe((expected + fingerprint(1, 11) - fingerprint(1, 10)) | 0);
    }),
  );
});
