import { type RunningRedis, startRedis } from "@moim/local";
import { connectRedisPair, type RedisPair } from "@moim/service";
import { pino } from "pino";
import { Server } from "socket.io";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { roomChannel } from "../src/publish/channels.ts";
import { type ClusterAdapter, createClusterAdapter } from "../src/publish/cluster-adapter.ts";
import {
  changesMessage,
  joinMessage,
  leaveMessage,
  type OwnWord,
  ownWordMessage,
  removedMessage,
} from "../src/publish/cluster-messages.ts";
import type { Departure, Removal } from "../src/publish/departures.ts";
import type { Delivery } from "../src/publish/room-delivery.ts";
import type { RoomJoin } from "../src/publish/room-entry.ts";
import { ShardedSubscriber } from "../src/publish/sharded-subscriber.ts";
import { changes, ROOM_ID } from "../src/testing/changes.ts";

/*
 * cluster-adapter.ts reaches into the installed adapter. Should an update change what it relies on,
 * this fails, and not a chat room some day.
 */

type Node = {
  adapter: ClusterAdapter & { serverCount(): Promise<number> };
  subscriber: ShardedSubscriber;
  /** Names by which the adapter used, or looked for, something of its subscriber. */
  touched: Set<string>;
  received: ({ roomId: string } & Delivery)[];
  joins: RoomJoin[];
  departures: Departure[];
  removals: Removal[];
  ownWords: OwnWord[];
  added: [readonly string[], string][];
  left: string[];
  changedRooms: string[];
};

const logger = pino({ level: "silent" });
/** Of its own: nodes of other tests would be counted. */
let server: RunningRedis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

let connections: RedisPair[];
let nodes: [Node, Node];
beforeEach(async () => {
  connections = [];
  nodes = [await startNode(), await startNode()];
});
afterEach(() => {
  for (const { publisher, subscriber } of connections) {
    publisher.disconnect();
    subscriber.disconnect();
  }
});

async function connect(): Promise<RedisPair> {
  const pair = connectRedisPair(server.url, "test", logger);
  connections.push(pair);
  await Promise.all(
    Object.values(pair).map(
      (redis) => new Promise<void>((resolve) => redis.once("ready", () => resolve())),
    ),
  );
  return pair;
}

async function startNode(): Promise<Node> {
  const redis = await connect();
  const subscriber = new ShardedSubscriber(redis.subscriber, logger);
  const touched = new Set<string>();
  const received: Node["received"] = [];
  const joins: RoomJoin[] = [];
  const departures: Departure[] = [];
  const removals: Removal[] = [];
  const ownWords: OwnWord[] = [];
  const added: Node["added"] = [];
  const left: string[] = [];
  const changedRooms: string[] = [];
  const io = new Server();
  const create = createClusterAdapter({
    publisher: redis.publisher,
    subscriber: watched(subscriber, touched),
    onChanges: (roomId, delivered) => received.push({ roomId, ...delivered }),
    onLargeRoomChanged: (roomId) => changedRooms.push(roomId),
    onPublish() {},
    onPublished() {},
    onPublishFailed(error) {
      throw error;
    },
    onJoin: (join) => joins.push(join),
    onLeave: (departure) => departures.push(departure),
    onRemoved: (removal) => removals.push(removal),
    onOwnWord: (word) => ownWords.push(word),
    onRoomAdded: (userIds, room) => added.push([userIds, room.id]),
    onMoved: (userIds) => left.push(...userIds),
    onCreated() {},
  });
  io.adapter(create as unknown as Parameters<Server["adapter"]>[0] & object);
  const adapter = io.of("/").adapter as unknown as Node["adapter"];
  await subscriber.settled();
  const heard = { received, joins, departures, removals, ownWords, added, left, changedRooms };
  return { adapter, subscriber, touched, ...heard };
}

function watched(subscriber: ShardedSubscriber, touched: Set<string>): ShardedSubscriber {
  return new Proxy(subscriber, {
    get(target, name) {
      if (typeof name === "string") touched.add(name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A socket of the room on the node, whose subscription stands. */
async function join({ adapter, subscriber }: Node): Promise<void> {
  adapter.addAll("a socket", new Set([roomChannel(ROOM_ID)]));
  await subscriber.settled();
}

it("what a node has published itself comes back to it and is not even parsed; what another has, is", async () => {
  const [own, other] = nodes;
  await Promise.all(nodes.map(join));
  let parsed = 0;
  const { onMessage } = own.adapter;
  own.adapter.onMessage = (...message) => {
    parsed++;
    onMessage.apply(own.adapter, message);
  };
  const told = { roomId: ROOM_ID, changes: changes(1), committedAt: 1 };
  await own.adapter.publishAndReturnOffset(changesMessage(told));
  await expect.poll(() => other.received).toHaveLength(1);
  await other.adapter.publishAndReturnOffset(changesMessage(told));
  await expect.poll(() => own.received).toHaveLength(1);
  expect(parsed).toBe(1);
});

describe("the installed Socket.IO adapter", () => {
  it("still has the inside that ours changes", () => {
    const [{ adapter }, other] = nodes;
    expect(adapter.uid).toMatch(/^[0-9a-f]+$/);
    expect(adapter.uid).not.toBe(other.adapter.uid);
    const shipped = Object.getPrototypeOf(adapter) as ClusterAdapter;
    expect(shipped.onMessage).toBeTypeOf("function");
    expect(shipped.onRawMessage).toBeTypeOf("function");
    expect(shipped.publishAndReturnOffset).toBeTypeOf("function");
    expect(shipped.serverSideEmit).toBeTypeOf("function");
    expect(adapter.onMessage).not.toBe(shipped.onMessage);
    for (const changed of ["broadcast", "addSockets", "delSockets"] as const) {
      expect(shipped[changed]).toBeTypeOf("function");
      expect(adapter[changed]).not.toBe(shipped[changed]);
    }
  });

  it("uses its subscriber by the three methods that ours has, and no other", async () => {
    const [{ adapter, subscriber, touched }] = nodes;
    await join(nodes[0]);
    adapter.delAll("a socket");
    await adapter.close();
    await subscriber.settled();
    // By `sSubscribe` it would know a client of another package.
    expect([...touched].sort()).toEqual(["on", "sSubscribe", "ssubscribe", "sunsubscribe"]);
    expect("sSubscribe" in subscriber).toBe(false);
  });

  it("counts the nodes, which a barrier waits for", async () => {
    // Those of the test before have gone once Redis has noticed.
    await expect.poll(() => nodes[0].adapter.serverCount()).toBe(2);
  });
});

describe("a room's changes", () => {
  it("reach the other nodes' delivery with the time of their commit, in order, and not the own one again", async () => {
    const [sender, receiver] = nodes;
    await join(sender);
    await join(receiver);
    for (const rev of [1, 2, 3]) {
      const what = { roomId: ROOM_ID, changes: changes(rev), committedAt: 1_000 + rev };
      await sender.adapter.publishAndReturnOffset(changesMessage(what));
    }
    await expect.poll(() => receiver.received.length).toBe(3);
    expect(receiver.received).toEqual(
      [1, 2, 3].map((rev) => ({
        roomId: ROOM_ID,
        changes: changes(rev),
        commit: { at: 1_000 + rev, from: "other" },
      })),
    );
    expect(sender.received).toEqual([]);
  });

  it("do not reach a node without a member", async () => {
    const [sender, receiver] = nodes;
    await join(sender);
    const announced = { roomId: ROOM_ID, changes: changes(1), committedAt: 0 };
    await sender.adapter.publishAndReturnOffset(changesMessage(announced));
    // What is published later to all nodes arrives later: nothing is on its way any more.
    sender.adapter.delSockets({ rooms: new Set(["user:x"]), except: new Set() }, ["room:y"]);
    await expect.poll(() => receiver.left).toEqual(["x"]);
    expect(receiver.received).toEqual([]);
  });
});

describe("who joins a room", () => {
  it("is told to the other nodes with where the room stood and where each one's history begins", async () => {
    const [sender, receiver] = nodes;
    const joining = [
      { userId: "founder", historyFromSeq: 1 },
      { userId: "late", historyFromSeq: 7 },
    ];
    const message = joinMessage({ roomId: ROOM_ID, rev: 9, joining });
    await sender.adapter.publishAndReturnOffset(message);
    await expect.poll(() => receiver.joins).toEqual([{ roomId: ROOM_ID, rev: 9, joining }]);
    expect(receiver.left).toEqual([]);
    expect(sender.joins).toEqual([]);
  });

  it("is told of the room by each node", async () => {
    const [sender, receiver] = nodes;
    receiver.adapter.addAll("a socket", new Set(["user:late"]));
    await receiver.subscriber.settled();
    const packet = { type: 2, data: ["room:added", { room: { id: ROOM_ID } }], nsp: "/" };
    sender.adapter.broadcast(packet, { rooms: new Set(["user:late"]), except: new Set() });
    await expect.poll(() => receiver.added).toEqual([[["late"], ROOM_ID]]);
  });
});

it("who leaves a room is told to the other nodes with when that was", async () => {
  const [sender, receiver] = nodes;
  const departure = { roomId: ROOM_ID, userId: "gone", rev: 9, seq: 8 };
  await sender.adapter.publishAndReturnOffset(leaveMessage(departure));
  await expect.poll(() => receiver.departures).toEqual([departure]);
  expect(receiver.left).toEqual([]);
  expect(sender.departures).toEqual([]);
});

describe("what one user's sockets are told", () => {
  const toldTo = async (node: Node) => {
    node.adapter.addAll("a socket", new Set(["user:mina"]));
    await node.subscriber.settled();
  };

  it("of being out of a room reaches the other nodes with when that was, and no socket by itself", async () => {
    const [sender, receiver] = nodes;
    await toldTo(receiver);
    const removal = { roomId: ROOM_ID, userId: "mina", rev: 9, seq: 8, reason: "removed" } as const;
    await sender.adapter.publishAndReturnOffset(removedMessage(removal));
    await expect.poll(() => receiver.removals).toEqual([removal]);
    expect(sender.removals).toEqual([]);
  });

  it("of a room that they are in reaches the other nodes with which room that is", async () => {
    const [sender, receiver] = nodes;
    await toldTo(receiver);
    const payload = { roomId: ROOM_ID, userId: "mina", seq: 3 };
    const word = { roomId: ROOM_ID, userId: "mina", name: "room:read", payload } as const;
    await sender.adapter.publishAndReturnOffset(ownWordMessage(word));
    await expect.poll(() => receiver.ownWords).toEqual([word]);
    expect(sender.ownWords).toEqual([]);
  });
});
