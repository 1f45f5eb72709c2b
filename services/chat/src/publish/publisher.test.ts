import type { Room } from "@moim/protocol";
import { createRegistry } from "@moim/service";
import { pino } from "pino";
import { Server } from "socket.io";
import { beforeEach, describe, expect, it } from "vitest";
import { createMetrics } from "../metrics.ts";
import { changes, ROOM_ID } from "../testing/changes.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { aloneCluster, type Cluster } from "./cluster.ts";
import { LargeRooms } from "./large-rooms.ts";
import { Publisher } from "./publisher.ts";
import { RoomDelivery } from "./room-delivery.ts";
import { RoomEntry } from "./room-entry.ts";
import { VisibleHistory } from "./visible-history.ts";

/** The `rev`s that were written to the room's sockets, in order. */
let told: number[];
let logged: string[];
beforeEach(() => {
  told = [];
  logged = [];
});

/** One whose adapter is closing, and throws where it is used. */
function createPublisher(broken: Partial<Cluster>): Publisher {
  const io = new Server();
  const clock = new ManualClock();
  const delivery = new RoomDelivery({
    clock,
    hasSockets: () => true,
    emit: (_, delivered) => told.push(...delivered.changes.map(({ rev }) => rev)),
    departuresHeeded: async () => true,
    onGap: () => {},
  });
  const logger = pino({ level: "warn" }, { write: (line: string) => logged.push(line) });
  const onMoved = () => {};
  const history = new VisibleHistory();
  const metrics = createMetrics(createRegistry());
  const entry = new RoomEntry({ io, metrics, delivery, history, onMoved });
  const largeRooms = new LargeRooms({ io, logger, readRooms: async () => [], tell() {} });
  const cluster = { ...aloneCluster, ...broken };
  return new Publisher({ io, clock, logger, cluster, delivery, entry, largeRooms, onMoved });
}

const closing = () => {
  throw new Error("closing");
};

/** The first message of a direct room, which brings it into the other's list. */
function firstMessage() {
  const room: Room = {
    ...{ id: ROOM_ID, kind: "direct", title: null, members: [], memberCount: 2 },
    ...{ lastSeq: 1, rev: 1, createdAt: 0 },
  };
  const appearsFor = [{ userId: "other", room, historyFromSeq: 1 }];
  return { roomId: ROOM_ID, changes: changes(1), repeats: [], appearsFor };
}

describe("a publisher that can bring nobody into a room", () => {
  it.each([
    ["at once", { publishJoin: closing }],
    ["after a while", { barrier: () => Promise.reject(new Error("closing")) }],
  ])("logs it, and tells the room what is said in it: %s", async (_, broken) => {
    const publisher = createPublisher(broken);
    publisher.messagesCommitted([firstMessage()]);
    await settled();
    publisher.timelineChanged(ROOM_ID, changes(2));
    await settled();
    expect(told).toEqual([1, 2]);
    expect(logged.join("")).toContain("closing");
  });

  it("does not fail the request that brought them in: it is committed", async () => {
    const publisher = createPublisher({ publishJoin: closing });
    const { appearsFor } = firstMessage();
    await publisher.membersAdded(ROOM_ID, appearsFor, changes(1)[0] ?? null);
    expect(told).toEqual([1]);
  });
});

describe("a publisher that cannot tell the other nodes", () => {
  it("logs it, be it while somebody is brought in", async () => {
    const publisher = createPublisher({ publishChanges: closing });
    publisher.messagesCommitted([firstMessage()]);
    await settled();
    expect(told).toEqual([1]);
    expect(logged.join("")).toContain("closing");
  });
});
