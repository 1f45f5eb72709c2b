import { pino } from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import { changes, delivery as committed, OTHER_ROOM_ID, ROOM_ID } from "../testing/changes.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { HEAD_SWEEP_INTERVAL_MS, HeadSweep } from "./head-sweep.ts";
import { RoomDelivery } from "./room-delivery.ts";

const CONFIRM_AFTER_MS = 750;

let clock: ManualClock;
let delivery: RoomDelivery;
let sweep: HeadSweep;
let localRooms: Set<string>;
/** What the database holds, and what the sockets were told. */
let heads: Map<string, number>;
let asked: string[][];
let told: { roomId: string; rev: number }[];
/** Whether it can be known who has left. */
let isHeeded: boolean;
/** Packets of changes that went out. */
let delivered: number;
beforeEach(() => {
  clock = new ManualClock();
  localRooms = new Set([ROOM_ID, OTHER_ROOM_ID]);
  heads = new Map();
  asked = [];
  told = [];
  isHeeded = true;
  delivered = 0;
  const hasSockets = (roomId: string) => localRooms.has(roomId);
  delivery = new RoomDelivery({
    clock,
    hasSockets,
    emit: () => delivered++,
    departuresHeeded: async () => isHeeded,
    onGap() {},
  });
  sweep = new HeadSweep({
    clock,
    logger: pino({ level: "silent" }),
    delivery,
    localRoomIds: () => [...localRooms],
    async readHeads(roomIds) {
      asked.push([...roomIds]);
      return roomIds.flatMap((roomId) => {
        const rev = heads.get(roomId);
        return rev === undefined ? [] : [{ roomId, rev }];
      });
    },
    emitHead: (roomId, rev) => told.push({ roomId, rev }),
    departuresHeeded: async () => isHeeded,
  });
});

async function run(): Promise<void> {
  const done = sweep.run();
  await clock.advance(CONFIRM_AFTER_MS);
  await done;
}

describe("a sweep", () => {
  it("tells a room's sockets to fetch when the database is ahead of what was delivered", async () => {
    delivery.begin(ROOM_ID, 3);
    delivery.begin(OTHER_ROOM_ID, 8);
    heads = new Map([
      [ROOM_ID, 5],
      [OTHER_ROOM_ID, 8],
    ]);
    await run();
    expect(told).toEqual([{ roomId: ROOM_ID, rev: 5 }]);
    expect(asked).toEqual([[ROOM_ID, OTHER_ROOM_ID]]);
  });

  it("tells it once", async () => {
    delivery.begin(ROOM_ID, 3);
    heads.set(ROOM_ID, 5);
    await run();
    await run();
    expect(told).toHaveLength(1);
    heads.set(ROOM_ID, 6);
    await run();
    expect(told.at(-1)).toEqual({ roomId: ROOM_ID, rev: 6 });
  });

  it("lets a room go on only once whoever has left is out: what was lost may be just that", async () => {
    delivery.begin(ROOM_ID, 3);
    heads.set(ROOM_ID, 5);
    isHeeded = false;
    await run();
    expect(told).toEqual([{ roomId: ROOM_ID, rev: 5 }]);
    delivery.deliver(ROOM_ID, committed(changes(6)));
    expect(delivered).toBe(0);
    delivery.begin(OTHER_ROOM_ID, 3);
    heads = new Map([[OTHER_ROOM_ID, 5]]);
    isHeeded = true;
    await run();
    delivered = 0;
    delivery.deliver(OTHER_ROOM_ID, committed(changes(6)));
    expect(delivered).toBe(1);
  });

  it("does not take for lost what is just being delivered", async () => {
    delivery.begin(ROOM_ID, 3);
    heads.set(ROOM_ID, 4);
    const done = sweep.run();
    await clock.advance(CONFIRM_AFTER_MS - 1);
    delivery.deliver(ROOM_ID, committed(changes(4)));
    await clock.advance(1);
    await done;
    expect(told).toEqual([]);
  });

  it("tells of a room of which nothing is known", async () => {
    heads.set(ROOM_ID, 1);
    await run();
    expect(told).toEqual([{ roomId: ROOM_ID, rev: 1 }]);
  });

  it("that finds the last socket gone meanwhile does not remember the room", async () => {
    delivery.begin(ROOM_ID, 3);
    heads.set(ROOM_ID, 5);
    const done = sweep.run();
    localRooms.delete(ROOM_ID);
    delivery.forget(ROOM_ID);
    await clock.advance(CONFIRM_AFTER_MS);
    await done;
    expect(delivery.deliveredRev(ROOM_ID)).toBeUndefined();
  });

  it("asks about many rooms in parts, and tells of all", async () => {
    localRooms = new Set(Array.from({ length: 2_500 }, (_, index) => `room ${index}`));
    for (const roomId of ["room 0", "room 2499"]) heads.set(roomId, 1);
    await run();
    expect(asked.map((roomIds) => roomIds.length)).toEqual([1_000, 1_000, 500]);
    expect(new Set(asked.flat())).toEqual(localRooms);
    expect(told.map(({ roomId }) => roomId)).toEqual(["room 0", "room 2499"]);
  });

  it("asks nothing where there is no room", async () => {
    localRooms.clear();
    await run();
    expect(asked).toEqual([]);
  });

  it("survives a database that does not answer", async () => {
    const broken = new HeadSweep({
      clock,
      logger: pino({ level: "silent" }),
      delivery,
      localRoomIds: () => [ROOM_ID],
      readHeads: () => Promise.reject(new Error("gone")),
      emitHead: (roomId, rev) => told.push({ roomId, rev }),
      departuresHeeded: async () => true,
    });
    await expect(broken.run()).resolves.toBeUndefined();
    expect(told).toEqual([]);
  });

  it("finds a gap within the 5 s of the contract, even when it opens right after one", () => {
    expect(HEAD_SWEEP_INTERVAL_MS + CONFIRM_AFTER_MS).toBeLessThan(5_000);
  });
});
