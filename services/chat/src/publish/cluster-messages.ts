import type { Message, PayloadOf, Room } from "@moim/protocol";
import { type BroadcastOptions, MessageType } from "socket.io-adapter";
import { roomChannel, userChannel, userIdOf } from "./channels.ts";
import type { Departure, Removal } from "./departures.ts";
import type { RoomJoin } from "./room-entry.ts";

/** What we use of the adapter's inside; a test holds it to the installed version. */
export type ClusterMessage =
  | {
      type: typeof MessageType.BROADCAST;
      data: { packet: { type: number; data: unknown[] }; opts: WireOptions; requestId?: string };
    }
  | { type: typeof MessageType.SOCKETS_JOIN; data: { opts: WireOptions; rooms: string[] } }
  | { type: typeof MessageType.SOCKETS_LEAVE; data: { opts: WireOptions; rooms: string[] } };
export type WireOptions = { rooms: string[]; except: string[]; flags?: WireFlags };
/**
 * Ours. `inOrder`: the packet is a room's next changes and goes through `RoomDelivery`.
 * `committedAt`: of the announcing node's clock; a message sent again has none. `eachTheirOwn`: the
 * packet is not for sockets, every node reads the room as its users see it. `join`: the users who join,
 * in the order of their channels, and where the room stood then. `leave`: the place of the notice of it.
 * `inRoom`: the packet is for those of the user's sockets that are in this room.
 */
type WireFlags = BroadcastOptions["flags"] & {
  inOrder?: boolean;
  committedAt?: number;
  eachTheirOwn?: boolean;
  join?: { rev: number; historyFromSeq: number[] };
  leave?: { rev: number; seq: number };
  inRoom?: string;
};

/** What one member alone is told of a room. */
export type OwnWord = { userId: string; roomId: string } & (
  | { name: "room:changed"; payload: PayloadOf<"room:changed"> }
  | { name: "room:read"; payload: PayloadOf<"room:read"> }
);

const EVENT_PACKET = 2;

export type AnnouncedChanges = {
  roomId: string;
  changes: readonly Message[];
  /** Undefined for what was stored before, and is announced again. */
  committedAt: number | undefined;
};

/** Tells the other nodes' members of a room. */
export function changesMessage({ roomId, changes, committedAt }: AnnouncedChanges): ClusterMessage {
  const flags = { inOrder: true, ...(committedAt === undefined ? {} : { committedAt }) };
  return {
    type: MessageType.BROADCAST,
    data: {
      packet: { type: EVENT_PACKET, data: ["room:changes", { roomId, changes }] },
      opts: { rooms: [roomChannel(roomId)], except: [], flags },
    },
  };
}

/** Has the users' sockets on the other nodes join a room. */
export function joinMessage({ roomId, rev, joining }: RoomJoin): ClusterMessage {
  const rooms = joining.map(({ userId }) => userChannel(userId));
  const historyFromSeq = joining.map((one) => one.historyFromSeq);
  return {
    type: MessageType.SOCKETS_JOIN,
    data: {
      opts: { rooms, except: [], flags: { join: { rev, historyFromSeq } } },
      rooms: [roomChannel(roomId)],
    },
  };
}

/** Has the user's sockets on the other nodes leave a room. */
export function leaveMessage({ roomId, userId, rev, seq }: Departure): ClusterMessage {
  return {
    type: MessageType.SOCKETS_LEAVE,
    data: {
      opts: { rooms: [userChannel(userId)], except: [], flags: { leave: { rev, seq } } },
      rooms: [roomChannel(roomId)],
    },
  };
}

/** Tells the user's sockets on the other nodes that they are out of a room, and has them leave it. */
export function removedMessage({ roomId, userId, rev, seq, reason }: Removal): ClusterMessage {
  return {
    type: MessageType.BROADCAST,
    data: {
      // Nodes of an older version pass it on as it is.
      packet: { type: EVENT_PACKET, data: ["room:removed", { roomId, reason }] },
      opts: { rooms: [userChannel(userId)], except: [], flags: { leave: { rev, seq } } },
    },
  };
}

/** Tells the member's sockets on the other nodes. */
export function ownWordMessage({ userId, roomId, name, payload }: OwnWord): ClusterMessage {
  return {
    type: MessageType.BROADCAST,
    data: {
      // Nodes of an older version pass it on as it is.
      packet: { type: EVENT_PACKET, data: [name, payload] },
      opts: { rooms: [userChannel(userId)], except: [], flags: { inRoom: roomId } },
    },
  };
}

/** What such a message says; undefined of any other. */
export function ownWordOf({ type, data }: ClusterMessage): OwnWord | undefined {
  if (type !== MessageType.BROADCAST) return undefined;
  const { flags, rooms } = data.opts;
  const [userId] = rooms.flatMap((channel) => userIdOf(channel) ?? []);
  if (flags?.inRoom === undefined || userId === undefined) return undefined;
  const [name, payload] = data.packet.data as [OwnWord["name"], OwnWord["payload"]];
  return { userId, roomId: flags.inRoom, name, payload } as OwnWord;
}

/** Tells the other nodes that a large room has changed. */
export function largeRoomMessage(room: Room): ClusterMessage {
  return {
    type: MessageType.BROADCAST,
    data: {
      // Nodes of an older version pass it on as it is.
      packet: { type: EVENT_PACKET, data: ["room:changed", { room }] },
      opts: { rooms: [roomChannel(room.id)], except: [], flags: { eachTheirOwn: true } },
    },
  };
}

export function toWire(opts: BroadcastOptions): WireOptions {
  const { rooms, except, flags } = opts;
  return { rooms: [...rooms], except: [...(except ?? [])], ...(flags ? { flags } : {}) };
}
