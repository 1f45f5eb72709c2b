import type { Message } from "@moim/protocol";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { changes, delivery as committed, OTHER_ROOM_ID, ROOM_ID } from "../testing/changes.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { RoomDelivery } from "./room-delivery.ts";

let clock: ManualClock;
let delivery: RoomDelivery;
/** The `rev`s of each packet, in order. */
let packets: number[][];
/** How far rooms were when something of them did not come. */
let gaps: [string, number][];
/** Answers the question whether everybody who has left is out; unasked, everybody is. */
let heed: () => Promise<boolean>;
/** Rooms that have a socket on this node. */
let localRooms: Set<string>;
beforeEach(() => {
  clock = new ManualClock();
  packets = [];
  gaps = [];
  heed = async () => true;
  localRooms = new Set([ROOM_ID, OTHER_ROOM_ID]);
  delivery = new RoomDelivery({
    clock,
    hasSockets: (roomId) => localRooms.has(roomId),
    emit: (_, { changes: delivered }) => packets.push(revsOf(delivered)),
    departuresHeeded: () => heed(),
    onGap: (...gap) => gaps.push(gap),
  });
});

function revsOf(delivered: readonly Message[]): number[] {
  return delivered.map(({ rev }) => rev);
}

function arrive(...revs: number[]): void {
  delivery.deliver(ROOM_ID, committed(changes(...revs)));
}

describe("changes in order", () => {
  it("go out at once, one packet for a commit", () => {
    delivery.begin(ROOM_ID, 4);
    arrive(5, 6);
    arrive(7);
    expect(packets).toEqual([[5, 6], [7]]);
    expect(delivery.deliveredRev(ROOM_ID)).toBe(7);
    expect(clock.timersWaiting).toBe(0);
  });

  it("of a room that was not known go out at once, wherever they begin", () => {
    arrive(41);
    arrive(42);
    expect(packets).toEqual([[41], [42]]);
  });

  it("of one room do not wait for another's", () => {
    delivery.begin(ROOM_ID, 1);
    arrive(3);
    delivery.deliver(OTHER_ROOM_ID, committed(changes(8)));
    expect(packets).toEqual([[8]]);
  });

  it("that had to go out without those before them say so", async () => {
    delivery.begin(ROOM_ID, 4);
    arrive(6);
    await clock.advance(100);
    expect(packets).toEqual([[6]]);
    expect(gaps).toEqual([[ROOM_ID, 6]]);
  });

  it("that are none send nothing", () => {
    arrive();
    expect(packets).toEqual([]);
    expect(delivery.deliveredRev(ROOM_ID)).toBeUndefined();
  });
});

describe("changes that come too early", () => {
  beforeEach(() => delivery.begin(ROOM_ID, 1));

  it("wait for those before them, and follow them in order", () => {
    arrive(4);
    arrive(3);
    expect(packets).toEqual([]);
    arrive(2);
    expect(packets).toEqual([[2], [3], [4]]);
    expect(clock.timersWaiting).toBe(0);
  });

  it("go out after 100 ms without them, in order, for the client to see the gap", async () => {
    arrive(5);
    arrive(3, 4);
    await clock.advance(99);
    expect(packets).toEqual([]);
    await clock.advance(1);
    expect(packets).toEqual([[3, 4], [5]]);
    expect(delivery.deliveredRev(ROOM_ID)).toBe(5);
  });

  it("wait 100 ms at most, though others come in the meantime", async () => {
    arrive(3);
    await clock.advance(60);
    arrive(5);
    await clock.advance(40);
    expect(packets).toEqual([[3], [5]]);
  });

  it("have their own 100 ms after others were given up", async () => {
    arrive(3);
    await clock.advance(100);
    arrive(6);
    await clock.advance(99);
    expect(packets).toEqual([[3]]);
    await clock.advance(1);
    expect(packets).toEqual([[3], [6]]);
  });

  it("are kept from who has left: what is missing may be just that", async () => {
    let answer: (isHeeded: boolean) => void = () => {};
    heed = () => new Promise((resolve) => (answer = resolve));
    arrive(3);
    await clock.advance(100);
    arrive(4);
    expect(packets).toEqual([]);
    answer(true);
    await settled();
    expect(packets).toEqual([[3], [4]]);
    expect(gaps).toEqual([[ROOM_ID, 4]]);
  });

  it("are fetched by those who may, where it is not known who has left", async () => {
    heed = async () => false;
    arrive(4);
    arrive(3);
    await clock.advance(100);
    expect(packets).toEqual([]);
    expect(gaps).toEqual([[ROOM_ID, 4]]);
  });

  it("keep those after them back until it is known who has left", async () => {
    heed = async () => false;
    arrive(3);
    await clock.advance(100);
    heed = async () => true;
    arrive(4);
    expect(packets).toEqual([]);
    await clock.advance(100);
    expect(packets).toEqual([[4]]);
    arrive(5);
    expect(packets).toEqual([[4], [5]]);
    expect(gaps.map(([, rev]) => rev)).toEqual([3, 4]);
  });

  it("follow what was missing if that comes while it is asked who has left", async () => {
    let answer: (isHeeded: boolean) => void = () => {};
    heed = () => new Promise((resolve) => (answer = resolve));
    arrive(3);
    await clock.advance(100);
    arrive(2);
    answer(false);
    await settled();
    expect(packets).toEqual([[2], [3]]);
    expect(gaps).toEqual([]);
  });

  it("do not lose their followers to a repeat of the first of them", () => {
    arrive(3, 4, 5);
    arrive(3); // Announced again for somebody who sent it again.
    arrive(2);
    expect(packets.flat()).toEqual([2, 3, 4, 5]);
    expect(delivery.deliveredRev(ROOM_ID)).toBe(5);
  });
});

describe("changes that come late or twice", () => {
  beforeEach(() => delivery.begin(ROOM_ID, 5));

  it("go out again: clients drop what they hold", () => {
    arrive(4);
    arrive(6);
    arrive(6);
    expect(packets).toEqual([[4], [6], [6]]);
    expect(delivery.deliveredRev(ROOM_ID)).toBe(6);
  });

  it("and overlap with new ones bring these", () => {
    arrive(5, 6, 7);
    arrive(8);
    expect(packets).toEqual([[5, 6, 7], [8]]);
    expect(delivery.deliveredRev(ROOM_ID)).toBe(8);
  });
});

describe("a room", () => {
  it("that is known already does not begin anew: a change may be under way", () => {
    delivery.begin(ROOM_ID, 5);
    delivery.begin(ROOM_ID, 9);
    expect(delivery.deliveredRev(ROOM_ID)).toBe(5);
  });

  it("whose sockets were told to fetch goes on from there", () => {
    delivery.begin(ROOM_ID, 1);
    arrive(5);
    delivery.advance(ROOM_ID, 4);
    expect(packets).toEqual([[5]]);
    delivery.advance(ROOM_ID, 2);
    expect(delivery.deliveredRev(ROOM_ID)).toBe(5);
    expect(clock.timersWaiting).toBe(0);
  });

  it("that is forgotten leaves nothing behind, and begins anew", async () => {
    delivery.begin(ROOM_ID, 1);
    arrive(3);
    delivery.forget(ROOM_ID);
    expect(clock.timersWaiting).toBe(0);
    await clock.advance(1_000);
    expect(packets).toEqual([]);
    expect(delivery.deliveredRev(ROOM_ID)).toBeUndefined();
    delivery.begin(ROOM_ID, 7);
    arrive(8);
    expect(packets).toEqual([[8]]);
  });

  it("without a socket here is not remembered: nobody would tell when it is left", () => {
    localRooms.clear();
    arrive(2);
    delivery.advance(ROOM_ID, 9);
    expect(delivery.deliveredRev(ROOM_ID)).toBeUndefined();
    // Others go on elsewhere; whoever joins now is complete up to what was read then.
    localRooms.add(ROOM_ID);
    delivery.begin(ROOM_ID, 20);
    arrive(21);
    expect(packets.at(-1)).toEqual([21]);
  });
});

describe("whatever the order of arrival, if the gaps are filled in time (seeded)", () => {
  /** Commits of one to four changes, from rev 1 on, and repeats of some, in any order of arrival. */
  const arrivals = fc
    .tuple(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 }), fc.nat(3))
    .chain(([sizes, repeatsMax]) => {
      let last = 0;
      const commits = sizes.map((size) => Array.from({ length: size }, () => ++last));
      const repeats = fc.subarray(
        commits.flat().map((rev) => [rev]),
        { maxLength: Math.min(repeatsMax, last) },
      );
      return repeats.chain((some) =>
        fc.record({
          last: fc.constant(last),
          order: fc.shuffledSubarray([...commits, ...some], {
            minLength: commits.length + some.length,
          }),
          pauses: fc.array(fc.nat(4), {
            minLength: commits.length + some.length,
            maxLength: commits.length + some.length,
          }),
        }),
      );
    });

  it("emission is in order and complete", async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ last, order, pauses }) => {
        const time = new ManualClock();
        const emitted: number[] = [];
        const tried = new RoomDelivery({
          clock: time,
          hasSockets: () => true,
          emit: (_, delivered) => emitted.push(...revsOf(delivered.changes)),
          departuresHeeded: async () => true,
          onGap() {},
        });
        tried.begin(ROOM_ID, 0);
        let waitingSince: number | undefined;
        for (const [index, revs] of order.entries()) {
          const before = time.now();
          tried.deliver(ROOM_ID, committed(changes(...revs)));
          const isWaiting = time.timersWaiting > 0;
          waitingSince = isWaiting ? (waitingSince ?? before) : undefined;
          // In time: never longer than what is waiting may wait.
          const left = waitingSince === undefined ? 4 : waitingSince + 99 - time.now();
          await time.advance(Math.min(pauses[index] ?? 0, left));
        }
        const firsts = emitted.filter((rev, index) => emitted.indexOf(rev) === index);
        expect(firsts).toEqual(Array.from({ length: last }, (_, index) => index + 1));
        expect(tried.deliveredRev(ROOM_ID)).toBe(last);
        expect(time.timersWaiting).toBe(0);
      }),
      { seed: 20_261_122, numRuns: 300 },
    );
  });
});
