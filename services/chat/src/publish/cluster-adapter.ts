import type { Message, Room } from "@moim/protocol";
import type { RedisPublisher } from "@moim/service";
import { createShardedAdapter } from "@socket.io/redis-adapter";
import type { Namespace } from "socket.io";
import { Adapter, type BroadcastOptions, MessageType } from "socket.io-adapter";
import { roomChannel, userChannel, userIdOf } from "./channels.ts";
import type { Delivery } from "./room-delivery.ts";
import type { ShardedSubscriber } from "./sharded-subscriber.ts";

export type ClusterAdapterOptions = {
  publisher: RedisPublisher;
  subscriber: ShardedSubscriber;
  /** A room's changes, committed by another node. */
  onChanges(roomId: string, delivery: Delivery): void;
  /** A room that is too large to be told alike to all has changed, by another node's word. */
  onLargeRoomChanged(roomId: string): void;
  /** Something could not be told to the other nodes: they heal from the database. */
  onPublishFailed(error: unknown): void;
  /** Sockets of these channels have joined or left rooms on the word of another node. */
  onSocketsMoved(channels: readonly string[]): void;
};

/** What we use of the adapter's inside; a test holds it to the installed version. */
type ClusterMessage =
  | {
      type: typeof MessageType.BROADCAST;
      data: { packet: { type: number; data: unknown[] }; opts: WireOptions; requestId?: string };
    }
  | { type: typeof MessageType.SOCKETS_JOIN; data: { opts: WireOptions; rooms: string[] } }
  | { type: typeof MessageType.SOCKETS_LEAVE; data: { opts: WireOptions; rooms: string[] } };
type WireOptions = { rooms: string[]; except: string[]; flags?: WireFlags };
/**
 * Ours. `inOrder`: the packet is a room's next changes and goes through `RoomDelivery`.
 * `committedAt`: of the announcing node's clock; nodes of an older version send none. `eachTheirOwn`:
 * the packet is not for sockets, every node reads the room as its users see it.
 */
type WireFlags = BroadcastOptions["flags"] & {
  inOrder?: boolean;
  committedAt?: number;
  eachTheirOwn?: boolean;
};

export interface ClusterAdapter extends Adapter {
  serverSideEmit(packet: unknown[]): Promise<void>;
  onMessage(message: ClusterMessage, offset?: string): void;
  publishAndReturnOffset(message: ClusterMessage): Promise<string>;
}

const EVENT_PACKET = 2;

/**
 * The sharded Redis adapter, changed in two ways. It acts on this node first and tells the others
 * afterwards: as shipped, it awaits Redis before the sockets at hand get anything. And a room's
 * changes from other nodes go through this node's `RoomDelivery`, which puts them in order.
 */
export function createClusterAdapter(
  options: ClusterAdapterOptions,
): (namespace: Namespace) => ClusterAdapter {
  const createSharded = createShardedAdapter(options.publisher, options.subscriber, {
    channelPrefix: "moim",
    subscriptionMode: "dynamic",
  });
  // Socket.IO says `new` to it, which an arrow function does not take.
  return function clusterAdapter(namespace) {
    const adapter = createSharded(namespace) as unknown as ClusterAdapter;
    actLocallyFirst(adapter, options);
    receiveChanges(adapter, options);
    return adapter;
  };
}

export type AnnouncedChanges = {
  roomId: string;
  changes: readonly Message[];
  hiddenFrom: readonly string[];
  committedAt: number;
};

/** Tells the other nodes' members of a room; this node's have been told. */
export function publishChanges(
  adapter: ClusterAdapter,
  { roomId, changes, hiddenFrom, committedAt }: AnnouncedChanges,
  onPublishFailed: (error: unknown) => void,
): void {
  adapter
    .publishAndReturnOffset({
      type: MessageType.BROADCAST,
      data: {
        packet: { type: EVENT_PACKET, data: ["room:changes", { roomId, changes }] },
        opts: {
          rooms: [roomChannel(roomId)],
          except: hiddenFrom.map(userChannel),
          flags: { inOrder: true, committedAt },
        },
      },
    })
    .catch(onPublishFailed);
}

/** Tells the other nodes that a large room has changed; this node's sockets have been told. */
export function publishLargeRoomChanged(
  adapter: ClusterAdapter,
  room: Room,
  onPublishFailed: (error: unknown) => void,
): void {
  adapter
    .publishAndReturnOffset({
      type: MessageType.BROADCAST,
      data: {
        // Nodes of an older version pass it on as it is.
        packet: { type: EVENT_PACKET, data: ["room:changed", { room }] },
        opts: { rooms: [roomChannel(room.id)], except: [], flags: { eachTheirOwn: true } },
      },
    })
    .catch(onPublishFailed);
}

function actLocallyFirst(adapter: ClusterAdapter, options: ClusterAdapterOptions): void {
  const { broadcast, addSockets, delSockets } = Adapter.prototype;
  const tell = (message: ClusterMessage, opts: BroadcastOptions): void => {
    if (opts.flags?.local) return;
    adapter.publishAndReturnOffset(message).catch(options.onPublishFailed);
  };
  adapter.broadcast = (packet, opts) => {
    broadcast.call(adapter, packet, opts);
    tell({ type: MessageType.BROADCAST, data: { packet, opts: toWire(opts) } }, opts);
  };
  adapter.addSockets = (opts, rooms) => {
    addSockets.call(adapter, opts, rooms);
    tell({ type: MessageType.SOCKETS_JOIN, data: { opts: toWire(opts), rooms } }, opts);
  };
  adapter.delSockets = (opts, rooms) => {
    delSockets.call(adapter, opts, rooms);
    tell({ type: MessageType.SOCKETS_LEAVE, data: { opts: toWire(opts), rooms } }, opts);
  };
}

function toWire(opts: BroadcastOptions): WireOptions {
  const { rooms, except, flags } = opts;
  return { rooms: [...rooms], except: [...(except ?? [])], ...(flags ? { flags } : {}) };
}

function receiveChanges(adapter: ClusterAdapter, options: ClusterAdapterOptions): void {
  const receive = adapter.onMessage.bind(adapter);
  const { uid } = adapter as unknown as { uid: string };
  adapter.onMessage = (message, offset) => {
    if ((message as unknown as { uid: string }).uid === uid) return;
    if (message.type === MessageType.BROADCAST && message.data.opts.flags?.inOrder) {
      const { packet, opts } = message.data;
      const { roomId, changes } = packet.data[1] as { roomId: string; changes: Message[] };
      const hiddenFrom = opts.except.flatMap((channel) => userIdOf(channel) ?? []);
      const at = opts.flags?.committedAt;
      const commit = at === undefined ? undefined : ({ at, from: "other" } as const);
      options.onChanges(roomId, { changes, hiddenFrom, commit });
      return;
    }
    if (message.type === MessageType.BROADCAST && message.data.opts.flags?.eachTheirOwn) {
      const { room } = message.data.packet.data[1] as { room: Room };
      options.onLargeRoomChanged(room.id);
      return;
    }
    receive(message, offset);
    const { SOCKETS_JOIN, SOCKETS_LEAVE } = MessageType;
    if (message.type === SOCKETS_JOIN || message.type === SOCKETS_LEAVE) {
      options.onSocketsMoved(message.data.opts.rooms);
    }
  };
}
