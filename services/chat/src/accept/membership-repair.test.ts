import type { Room } from "@moim/protocol";
import { pino } from "pino";
import type { Server, Socket } from "socket.io";
import { beforeEach, expect, it } from "vitest";
import type { Membership } from "../persist/membership.ts";
import {
  MEMBERSHIP_CHANGES_KEPT_MS,
  type MembershipChange,
} from "../persist/membership-changes.ts";
import { roomChannel, userChannel } from "../publish/channels.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { type Connection, Connections } from "./connection.ts";
import { MembershipRepair } from "./membership-repair.ts";
import { Subscriptions } from "./subscription.ts";

const POLL_MS = 1_000;
/** How far every room is. */
const HEAD = 41;

let clock: ManualClock;
/** The user's rooms as the database knows them; undefined while it does not answer. */
let memberships: Membership[] | undefined;
/** Channels of the user's only socket. */
let rooms: Set<string>;
/** A room as its members see it, whose announcement was lost. */
let joined: Partial<Room>;
/** What the table of changes still holds. */
let changes: MembershipChange[];
let repair: MembershipRepair;
/** The rooms that the socket entered, and from where on it may see them. */
let entered: [string, number][];
/** The same of those that it was in. */
let stayed: [string, number][];
/** Which rooms the user is known to have left, and with what `rev` at the earliest. */
let departed: [string, number][];
/** What the user was told. */
let told: unknown[];
beforeEach(() => {
  clock = new ManualClock();
  memberships = [member("kept"), member("left")];
  rooms = new Set([userChannel("u"), roomChannel("kept"), roomChannel("left")]);
  joined = { kind: "group" };
  changes = [];
  entered = [];
  stayed = [];
  departed = [];
  told = [];
  const connections = new Connections();
  connections.add(connectionOf("u"));
  const logger = pino({ level: "silent" });
  const readMemberships = async () => {
    if (!memberships) throw new Error("gone");
    return memberships;
  };
  const subscribed = async () => {};
  const onRoomJoined = () => {};
  const enter = (_: Socket, roomId: string, historyFromSeq: number) => {
    rooms.add(roomChannel(roomId));
    entered.push([roomId, historyFromSeq]);
  };
  repair = new MembershipRepair({
    clock,
    logger,
    io: {
      local: {
        to: () => ({ emit: (name: string, payload: unknown) => told.push([name, payload]) }),
      },
    } as unknown as Server,
    connections,
    subscriptions: new Subscriptions({
      clock,
      logger,
      readMemberships,
      enter,
      subscribed,
      onRoomJoined,
    }),
    // Rows go after some minutes: whoever was away for longer finds none of them.
    async readChanges({ withinMs }) {
      await readMemberships();
      return withinMs > 0 ? changes : [];
    },
    async forgetChanges() {},
    readRooms: async (pairs) =>
      pairs.map(({ userId, roomId }) => ({ userId, room: { id: roomId, ...joined } as Room })),
    enter,
    readHeads: async (roomIds) => roomIds.map((roomId) => ({ roomId, rev: HEAD })),
    onDeparted: ({ roomId, rev }) => departed.push([roomId, rev]),
    stay: (_, roomId, historyFromSeq) => stayed.push([roomId, historyFromSeq]),
    subscribed,
    onRoomJoined,
  });
  repair.start();
});

function member(roomId: string): Membership {
  return { userId: "u", roomId, rev: 9, historyFromSeq: 7 };
}

function connectionOf(userId: string): Connection {
  const socket = {
    id: "s",
    rooms,
    leave: (channel: string) => rooms.delete(channel),
  } as unknown as Socket;
  return { socket, userId, sessionId: "session", isSubscribed: true } as unknown as Connection;
}

async function databaseGoneFor(ms: number): Promise<void> {
  await clock.advance(POLL_MS);
  memberships = undefined;
  await clock.advance(ms);
  memberships = [member("kept"), member("joined")];
  await clock.advance(POLL_MS);
}

it("a node that lost the database for longer than changes are kept compares everybody anew", async () => {
  await databaseGoneFor(MEMBERSHIP_CHANGES_KEPT_MS + 60_000);
  expect([...rooms]).toEqual([userChannel("u"), roomChannel("kept"), roomChannel("joined")]);
  expect(told).toEqual([
    ["room:removed", { roomId: "left", reason: "removed" }],
    ["room:added", { room: { id: "joined", kind: "group" } }],
  ]);
  expect(entered, "joined anew costs something").toEqual([["joined", 7]]);
  expect(stayed).toEqual([["kept", 7]]);
  told.length = 0;
  await clock.advance(10 * POLL_MS);
  expect(told).toEqual([]);
});

it("a node that lost it for less reads what has changed, and that only", async () => {
  await databaseGoneFor(60_000);
  expect(told).toEqual([]);
});

it("a direct room in which nothing has been said is joined, and nobody is told", async () => {
  joined = { kind: "direct", lastSeq: 0 };
  await databaseGoneFor(MEMBERSHIP_CHANGES_KEPT_MS + 60_000);
  expect(rooms.has(roomChannel("joined"))).toBe(true);
  expect(told).toEqual([["room:removed", { roomId: "left", reason: "removed" }]]);
});

it("whoever left and came back before anybody looked sees the room from where they came back on", async () => {
  changes = [{ id: 1, userId: "u" }];
  memberships = [member("kept"), { ...member("left"), historyFromSeq: 40 }, member("joined")];
  expect(await repair.departuresHeeded()).toBe(true);
  expect(entered).toEqual([]);
  expect(stayed).toEqual([
    ["kept", 7],
    ["left", 40],
  ]);
  expect(told).toEqual([]);
});

it("a clock that is set back does not keep who has left lately from being looked for", async () => {
  memberships = [member("kept")];
  changes = [{ id: 1, userId: "u" }];
  await clock.advance(-3_600_000);
  expect(await repair.departuresHeeded()).toBe(true);
  expect(rooms).toEqual(new Set([userChannel("u"), roomChannel("kept")]));
});

it("whoever is found to have left is not let in by word of a join before that, which comes late", async () => {
  memberships = [member("kept")];
  changes = [{ id: 1, userId: "u" }];
  expect(await repair.departuresHeeded()).toBe(true);
  expect(departed).toEqual([["left", HEAD + 1]]);
});
