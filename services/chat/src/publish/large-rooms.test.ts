import { PAGE_LIMITS, type Room } from "@moim/protocol";
import { createRegistry } from "@moim/service";
import { pino } from "pino";
import { Server, type Socket } from "socket.io";
import { expect, it } from "vitest";
import { createMetrics } from "../metrics.ts";
import { ROOM_ID } from "../testing/changes.ts";
import { settled } from "../testing/manual-clock.ts";
import { roomChannel, userChannel } from "./channels.ts";
import { LargeRooms } from "./large-rooms.ts";
import { RoomEntry } from "./room-entry.ts";
import { VisibleHistory } from "./visible-history.ts";

const io = new Server();

/** The user's only socket, in the room. It remembers that it was told something. */
function enter(userId: string, told: string[]): void {
  const { adapter, sockets } = io.of("/");
  const rooms = new Set([userId, userChannel(userId), roomChannel(ROOM_ID)]);
  const leave = (channel: string) => adapter.del(userId, channel);
  const client = { writeToEngine: () => told.push(userId) };
  sockets.set(userId as Socket["id"], { id: userId, rooms, leave, client } as unknown as Socket);
  adapter.addAll(userId, rooms);
}

it("whoever leaves a large room while it is read is told no more of it", async () => {
  const told: string[] = [];
  for (const userId of ["leaves", "stays"]) enter(userId, told);
  let answer = () => {};
  const delivery = { begin() {}, deliveredRev: () => undefined };
  const metrics = createMetrics(createRegistry());
  const history = new VisibleHistory();
  const entry = new RoomEntry({ io, metrics, delivery, history, onMoved() {} });
  const rooms = new LargeRooms({
    io,
    logger: pino({ level: "silent" }),
    tell: (word) => entry.tell(word),
    readRooms: (pairs) =>
      new Promise((resolve) => {
        answer = () => resolve(pairs.map(({ userId }) => ({ userId, room: roomOf(userId) })));
      }),
  });
  const changed = rooms.changed(ROOM_ID);
  entry.leave({ roomId: ROOM_ID, userId: "leaves", rev: 9, seq: 9 });
  answer();
  await changed;
  await settled();
  expect(told).toEqual(["stays"]);
});

function roomOf(userId: string): Room {
  return {
    ...{ id: ROOM_ID, kind: "group", title: null, memberCount: PAGE_LIMITS.summaryMembers + 1 },
    members: [{ userId, role: "member", readSeq: 0, joinedAt: 0 }],
    ...{ lastSeq: 8, rev: 8, createdAt: 0 },
  };
}
