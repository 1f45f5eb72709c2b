import type { Room } from "@moim/protocol";
import { pino } from "pino";
import type { Socket } from "socket.io";
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
let subscriptions: Subscriptions;
let repair: MembershipRepair;
/** The rooms that the socket entered, and from where on it may see them. */
let entered: [string, number][];
/** The same of those that it was in. */
let stayed: [string, number][];
/** Which rooms the user is known to have left, and with what `rev` at the earliest. */
let departed: [string, number][];
/** What the user was told. */
let told: unknown[];
/** While the database is asked for memberships, or for rooms. */
let onReadMemberships: () => void;
let onReadRooms: () => void;
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
  connections.add(connectionOf("u", "s"));
  connections.add(connectionOf("other", "o"));
  const logger = pino({ level: "silent" });
  onReadMemberships = () => {};
  onReadRooms = () => {};
  const readMemberships = async () => {
    if (!memberships) throw new Error("gone");
    onReadMemberships();
    return memberships;
  };
  const subscribed = async () => {};
  const onRoomJoined = () => {};
  const enter = (_: Socket, roomId: string, historyFromSeq: number) => {
    rooms.add(roomChannel(roomId));
    entered.push([roomId, historyFromSeq]);
  };
  subscriptions = new Subscriptions({
    clock,
    logger,
    readMemberships,
    enter,
    subscribed,
    onRoomJoined,
  });
  repair = new MembershipRepair({
    clock,
    logger,
    connections,
    subscriptions,
    // Rows go after some minutes: whoever was away for longer finds none of them.
    async readChanges({ withinMs }) {
      await readMemberships();
      return withinMs > 0 ? changes : [];
    },
    async forgetChanges() {},
    async readRooms(pairs) {
      onReadRooms();
      return pairs.map(({ userId, roomId }) => ({
        userId,
        room: { id: roomId, ...joined } as Room,
      }));
    },
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

function connectionOf(userId: string, id: string): Connection {
  const isOther = userId !== "u";
  const socket = {
    id,
    rooms: isOther ? new Set([userChannel(userId)]) : rooms,
    leave: (channel: string) => rooms.delete(channel),
    emit: (name: string, payload: unknown) => !isOther && told.push([name, payload]),
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

it("whoever leaves while the room is read that they were brought into is not told of it", async () => {
  onReadRooms = () => rooms.delete(roomChannel("joined"));
  await databaseGoneFor(MEMBERSHIP_CHANGES_KEPT_MS + 60_000);
  expect(told).toEqual([["room:removed", { roomId: "left", reason: "removed" }]]);
});

it("whoever comes back while others are read once more is not told that they are out", async () => {
  memberships = [member("kept")];
  changes = [
    { id: 1, userId: "u" },
    { id: 2, userId: "other" },
  ];
  let reads = 0;
  onReadMemberships = () => {
    if (rooms.has(roomChannel("left"))) subscriptions.noteMoves(["other"]);
    else if (++reads === 1) rooms.add(roomChannel("left"));
  };
  expect(await repair.departuresHeeded()).toBe(true);
  expect(reads).toBe(1);
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
