import type { Message, PayloadOf, Room } from "@moim/protocol";
import type { RedisPublisher } from "@moim/service";
import { createShardedAdapter } from "@socket.io/redis-adapter";
import type { Namespace } from "socket.io";
import { Adapter, type BroadcastOptions, MessageType } from "socket.io-adapter";
import { roomIdOf, userIdOf } from "./channels.ts";
import {
  type ClusterMessage,
  type OwnWord,
  ownWordOf,
  toWire,
  type WireOptions,
} from "./cluster-messages.ts";
import type { Departure, Removal } from "./departures.ts";
import type { Delivery } from "./room-delivery.ts";
import type { RoomJoin } from "./room-entry.ts";
import type { ShardedSubscriber } from "./sharded-subscriber.ts";
import { askTogether } from "./write-once-per-tick.ts";

export type ClusterAdapterOptions = {
  publisher: RedisPublisher;
  subscriber: ShardedSubscriber;
  /** A room's changes, committed by another node. */
  onChanges(roomId: string, delivery: Delivery): void;
  /** A room that is too large to be told alike to all has changed, by another node's word. */
  onLargeRoomChanged(roomId: string): void;
  /** It is about to be told to the other nodes. */
  onPublish(message: ClusterMessage): void;
  /** Redis has taken it. */
  onPublished(message: ClusterMessage): void;
  /** It could not be told to the other nodes: most of it they heal from the database. */
  onPublishFailed(error: unknown, message: ClusterMessage): void;
  /** Users have joined a room, by another node's word. */
  onJoin(join: RoomJoin): void;
  /** A user has left a room, by another node's word. */
  onLeave(departure: Departure): void;
  /** A user's sockets are to be told that they are out of a room, by another node's word. */
  onRemoved(removal: Removal): void;
  /** A member's sockets are to be told something of their room, by another node's word. */
  onOwnWord(word: OwnWord): void;
  /** These users' sockets are to be told of a room that is new to them, by another node's word. */
  onRoomAdded(userIds: readonly string[], room: Room): void;
  /** Called once, before anything else. */
  onCreated(adapter: ClusterAdapter): void;
  /** Users' sockets have joined or left rooms, by another node's word and unseen by `onJoin` and `onLeave`. */
  onMoved(userIds: readonly string[]): void;
};

/** What we use of the adapter's inside; a test holds it to the installed version. */
export interface ClusterAdapter extends Adapter {
  readonly uid: string;
  serverSideEmit(packet: unknown[]): Promise<void>;
  onMessage(message: ClusterMessage & { uid: string }, offset?: string): void;
  onRawMessage(message: Buffer, channel: Buffer): void;
  publishAndReturnOffset(message: ClusterMessage): Promise<string>;
}

/**
 * The sharded Redis adapter, changed in two ways. It acts on this node first and tells the others
 * afterwards: as shipped, it awaits Redis before the sockets at hand get anything. And what other nodes
 * say of a room's changes and of who joins it goes through this node's `RoomDelivery` and `RoomEntry`.
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
    receiveOurs(adapter, options);
    publishTogether(adapter, options.publisher);
    ignoreOwnEcho(adapter);
    options.onCreated(adapter);
    return adapter;
  };
}

function actLocallyFirst(adapter: ClusterAdapter, options: ClusterAdapterOptions): void {
  const { broadcast, addSockets, delSockets } = Adapter.prototype;
  const tell = (message: ClusterMessage, opts: BroadcastOptions): void => {
    if (opts.flags?.local) return;
    options.onPublish(message);
    adapter.publishAndReturnOffset(message).then(
      () => options.onPublished(message),
      (error: unknown) => options.onPublishFailed(error, message),
    );
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

function receiveOurs(adapter: ClusterAdapter, options: ClusterAdapterOptions): void {
  const receive = adapter.onMessage.bind(adapter);
  adapter.onMessage = (message, offset) => {
    if (message.uid === adapter.uid) return;
    if (message.type === MessageType.BROADCAST) {
      const ownWord = ownWordOf(message);
      if (ownWord) return options.onOwnWord(ownWord);
      if (!receiveBroadcast(message.data, options)) receive(message, offset);
      return;
    }
    if (message.type === MessageType.SOCKETS_JOIN && receiveJoin(message.data, options)) return;
    if (message.type === MessageType.SOCKETS_LEAVE && receiveLeave(message.data, options)) return;
    receive(message, offset);
    const { SOCKETS_JOIN, SOCKETS_LEAVE } = MessageType;
    if (message.type === SOCKETS_JOIN || message.type === SOCKETS_LEAVE) {
      options.onMoved(userIdsOf(message.data.opts));
    }
  };
}

function publishTogether(adapter: ClusterAdapter, publisher: RedisPublisher): void {
  const publish = adapter.publishAndReturnOffset.bind(adapter);
  adapter.publishAndReturnOffset = (message) => {
    askTogether(publisher);
    return publish(message);
  };
}

/** Redis sends what a node has published back to it, for the rooms that it serves itself: not even parsed. */
function ignoreOwnEcho(adapter: ClusterAdapter): void {
  // What the adapter adds to every message, at its end: no text within one looks like it.
  const end = Buffer.from(`,"uid":"${adapter.uid}","nsp":"${adapter.nsp.name}"}`);
  const receive = adapter.onRawMessage.bind(adapter);
  adapter.onRawMessage = (message, channel) => {
    if (!message.subarray(-end.length).equals(end)) receive(message, channel);
  };
}

type Data<Type extends ClusterMessage["type"]> = Extract<ClusterMessage, { type: Type }>["data"];

/** Whether it was for the node itself. */
function receiveBroadcast(
  { packet, opts }: Data<typeof MessageType.BROADCAST>,
  { onChanges, onLargeRoomChanged, onRemoved, onRoomAdded }: ClusterAdapterOptions,
): boolean {
  const [event, payload] = packet.data;
  if (event === "room:added") {
    onRoomAdded(userIdsOf(opts), (payload as PayloadOf<"room:added">).room);
    return true;
  }
  const { leave } = opts.flags ?? {};
  if (leave) {
    const removed = payload as PayloadOf<"room:removed">;
    for (const userId of userIdsOf(opts)) onRemoved({ ...removed, ...leave, userId });
    return true;
  }
  if (opts.flags?.inOrder) {
    const { roomId, changes } = payload as { roomId: string; changes: Message[] };
    const at = opts.flags.committedAt;
    const commit = at === undefined ? undefined : ({ at, from: "other" } as const);
    onChanges(roomId, { changes, commit });
    return true;
  }
  if (opts.flags?.eachTheirOwn) {
    const { room } = payload as { room: Room };
    onLargeRoomChanged(room.id);
    return true;
  }
  return false;
}

/** Whether it said where the users' history begins. */
function receiveJoin(
  { opts, rooms }: Data<typeof MessageType.SOCKETS_JOIN>,
  { onJoin }: ClusterAdapterOptions,
): boolean {
  const join = opts.flags?.join;
  const [roomId] = rooms.flatMap((channel) => roomIdOf(channel) ?? []);
  if (!join || roomId === undefined) return false;
  const joining = userIdsOf(opts).map((userId, index) => ({
    userId,
    historyFromSeq: join.historyFromSeq[index] ?? 1,
  }));
  onJoin({ roomId, rev: join.rev, joining });
  return true;
}

/** Whether it said when that was. */
function receiveLeave(
  { opts, rooms }: Data<typeof MessageType.SOCKETS_LEAVE>,
  { onLeave }: ClusterAdapterOptions,
): boolean {
  const leave = opts.flags?.leave;
  const [roomId] = rooms.flatMap((channel) => roomIdOf(channel) ?? []);
  if (!leave || roomId === undefined) return false;
  for (const userId of userIdsOf(opts)) onLeave({ roomId, userId, rev: leave.rev, seq: leave.seq });
  return true;
}

function userIdsOf({ rooms }: WireOptions): string[] {
  return rooms.flatMap((channel) => userIdOf(channel) ?? []);
}
