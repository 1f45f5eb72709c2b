import { type RunningRedis, startRedis } from "@moim/local";
import { Redis } from "ioredis";
import { MessageType } from "socket.io-adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removedMessage } from "../src/publish/cluster-messages.ts";
import type { Removal } from "../src/publish/departures.ts";
import type { TestClient } from "./support/client.ts";
import { at, startWorld, type World } from "./support/nodes.ts";
import { startStallingProxy } from "./support/stalling-proxy.ts";

// Of its own: a node that hangs would hold up everybody who shares it.
let redis: RunningRedis;
let world: World;
beforeAll(async () => {
  redis = await startRedis();
  world = await startWorld({ nodes: 2, redisUrl: redis.url });
});
afterAll(async () => {
  await world.close();
  await redis.stop();
});

/** The channel on which nodes ask each other; a subscriber that never answers is a node that hangs. */
const NODES_CHANNEL = "moim#/#";

/** Word of it, live or that there is something to fetch: so a node that cannot know in time who has left tells its members. */
function told(client: TestClient, roomId: string, rev: number) {
  const isTold = () =>
    client.changes(roomId).some((change) => change.rev === rev) ||
    client.all("room:head").some((head) => head.roomId === roomId && head.rev >= rev);
  return expect.poll(isTold).toBe(true);
}

/** A second, but for what its timer may be early. */
const WAITED_FOR_MS = 990;

/** By the word of another node. */
async function tellRemoved(removal: Removal): Promise<void> {
  const connection = new Redis(redis.url);
  const message = { ...removedMessage(removal), uid: "another", nsp: "/" };
  await connection.spublish(`${NODES_CHANNEL}user:${removal.userId}#`, JSON.stringify(message));
  connection.disconnect();
}

async function hangingNode(): Promise<Redis> {
  const connection = new Redis(redis.url);
  await connection.ssubscribe(NODES_CHANNEL);
  return connection;
}

describe("a member who is removed", () => {
  it("gets neither the notice of it nor anything after it, on any device, under traffic", async () => {
    const { roomId, users, clients } = await world.group(4);
    const [owner, removed, speaker] = [at(clients, 0), at(clients, 1), at(clients, 3)];
    const devices = [removed, await world.connect(at(users, 1), 0)];
    const said = Array.from({ length: 10 }, (_, index) => [
      owner.send(roomId, `owner ${index}`),
      speaker.send(roomId, `speaker ${index}`),
    ]).flat();
    await owner.get("room:remove", { roomId, userId: at(users, 1).userId });
    // What had left its node before the answer may still be on its way to a device.
    for (const device of devices) await device.get("room:list", {});
    const heard = devices.map((device) => device.changes(roomId).length);
    await Promise.all(said);
    const last = await speaker.send(roomId, "without you");
    await told(at(clients, 2), roomId, last.rev);
    const { messages } = await speaker.get("message:page", { roomId });
    const notice = messages.find((message) => message.notice?.type === "removed");
    const noticeRev = notice?.rev ?? 0;
    expect(noticeRev).toBeGreaterThan(0);
    for (const [index, device] of devices.entries()) {
      await device.get("room:list", {});
      const changes = device.changes(roomId);
      expect(changes).toHaveLength(at(heard, index));
      expect(changes.filter(({ rev }) => rev >= noticeRev)).toEqual([]);
    }
  });

  it("is waited for until each node has acted; the others read on meanwhile, without a gap", async () => {
    const attempts: { stays: TestClient; roomId: string; rev: number; waitedMs: number }[] = [];
    const attempt = async () => {
      const { roomId, users, clients } = await world.group(4);
      const [owner, stays] = [at(clients, 0), at(clients, 2)];
      // Not before: the making of the room would be waited for as well.
      const hanging = await hangingNode();
      try {
        const startedAt = Date.now();
        const removal = owner.get("room:remove", { roomId, userId: at(users, 1).userId });
        const answered = removal.then(() => Date.now());
        await stays.change(roomId, 2);
        const { rev } = await at(clients, 3).send(roomId, "meanwhile");
        await stays.change(roomId, rev);
        const readAt = Date.now();
        const answeredAt = await answered;
        attempts.unshift({ stays, roomId, rev, waitedMs: answeredAt - startedAt });
        return readAt < answeredAt;
      } finally {
        await hanging.quit();
      }
    };
    // What takes a busy machine longer than the hanging node is waited for says nothing.
    await expect.poll(attempt).toBe(true);
    for (const { waitedMs } of attempts) expect(waitedMs).toBeGreaterThanOrEqual(WAITED_FOR_MS);
    const { stays, roomId, rev } = at(attempts, 0);
    expect(stays.changes(roomId).map((change) => change.rev)).toEqual([1, 2, rev]);
    expect(stays.changes(roomId)[1]?.notice?.type).toBe("removed");
    expect(stays.all("room:head")).toEqual([]);
  });
});

describe("a removal of which the other nodes are not told", () => {
  it("holds there from the answer on, though Redis refuses the node that removes", async () => {
    const word = await startStallingProxy(redis.url);
    const cutOff = world.nodes.length;
    await world.addNode({ REDIS_URL: word.url });
    const { roomId, users, clients } = await world.group(3);
    const [removed, speaker] = [at(clients, 1), await world.connect(at(users, 2), 1)];
    const owner = await world.connect(at(users, 0), cutOff);
    await word.close();
    await owner.get("room:remove", { roomId, userId: at(users, 1).userId });
    const { rev } = await speaker.send(roomId, "without you");
    await told(speaker, roomId, rev);
    expect(await removed.next("room:removed")).toEqual({ roomId, reason: "removed" });
    await removed.get("room:list", {});
    expect(removed.changes(roomId).map((change) => change.rev)).toEqual([1]);
  });

  it("holds from its notice on, where word of it is lost and the notice is not", async () => {
    const { roomId, users, clients } = await world.group(2);
    const removed = at(clients, 1);
    const removal = {
      ...removed.changes(roomId)[0],
      ...{ seq: 2, rev: 2, notice: { type: "removed", userIds: [at(users, 1).userId] } },
    };
    const connection = new Redis(redis.url);
    const channel = `${NODES_CHANNEL}room:${roomId}#`;
    const data = {
      packet: { type: 2, data: ["room:changes", { roomId, changes: [removal] }] },
      opts: { rooms: [`room:${roomId}`], except: [], flags: { inOrder: true } },
    };
    const message = { type: MessageType.BROADCAST, uid: "another", nsp: "/", data };
    await connection.spublish(channel, JSON.stringify(message));
    connection.disconnect();
    expect(await removed.next("room:removed")).toEqual({ roomId, reason: "removed" });
    expect(removed.changes(roomId)).toHaveLength(1);
  });

  it("holds from the word that one is out on, where the word to take them out is lost", async () => {
    const word = await startStallingProxy(redis.url);
    const cutOff = world.nodes.length;
    await world.addNode({ REDIS_URL: word.url });
    const { roomId, users, clients } = await world.group(2);
    const [removed, { userId }] = [at(clients, 1), at(users, 1)];
    const beside = await world.connect(at(users, 0), 1);
    const owner = await world.connect(at(users, 0), cutOff);
    await word.close();
    await owner.get("room:remove", { roomId, userId });
    await tellRemoved({ roomId, userId, rev: 2, seq: 2, reason: "removed" });
    expect(await removed.next("room:removed")).toEqual({ roomId, reason: "removed" });
    // Told at once, unlike messages: those come after one that is missing.
    await beside.get("room:rename", { roomId, title: "without you" });
    await beside.next("room:changed", ({ room }) => room.title === "without you");
    await removed.get("room:list", {});
    expect(removed.all("room:changed")).toEqual([]);
  });

  it("is not told to whoever has come back since", async () => {
    const { roomId, users, clients } = await world.group(2);
    const [owner, removed, { userId }] = [at(clients, 0), at(clients, 1), at(users, 1)];
    await owner.get("room:remove", { roomId, userId });
    await removed.next("room:removed");
    await owner.get("room:invite", { roomId, userIds: [userId] });
    const { seq } = await owner.send(roomId, "here again");
    await removed.change(roomId, seq);
    await tellRemoved({ roomId, userId, rev: 2, seq: 2, reason: "removed" });
    const again = await owner.send(roomId, "still here");
    await removed.change(roomId, again.rev);
    expect(removed.all("room:removed")).toHaveLength(1);
  });

  it("holds on a node that was cut off from Redis, for which the answer does not wait", async () => {
    const word = await startStallingProxy(redis.url);
    const own = await startWorld({ nodes: 2, redisUrl: redis.url });
    try {
      const { roomId, users, clients } = await own.group(3);
      const [removed, stays] = [at(users, 1), at(users, 2)];
      await own.addNode({ REDIS_URL: word.url });
      const device = await own.connect(removed, 2);
      const speaker = await own.connect(stays, 2);
      await word.close();
      await at(clients, 0).get("room:remove", { roomId, userId: removed.userId });
      const { rev } = await speaker.send(roomId, "without you");
      await told(speaker, roomId, rev);
      expect(await device.next("room:removed")).toEqual({ roomId, reason: "removed" });
      await device.get("room:list", {});
      expect(device.changes(roomId)).toEqual([]);
    } finally {
      await own.close();
    }
  });
});

describe("a direct room that is left", () => {
  it("is not taken away by the word of it, where it has come back before that", async () => {
    const attempt = async () => {
      const [leaver, other] = [world.issuer.newUser(), world.issuer.newUser()];
      const [own, device, writer] = await Promise.all([
        world.connect(leaver, 0),
        world.connect(leaver, 1),
        world.connect(other, 1),
      ]);
      const direct = { kind: "direct", userId: leaver.userId } as const;
      const roomId = (await writer.get("room:create", direct)).room.id;
      const { rev } = await writer.send(roomId, "hello");
      const devices = [own, device];
      await Promise.all(devices.map((client) => client.change(roomId, rev)));
      // The word to all devices comes a second later; the room is left long before.
      const hanging = await hangingNode();
      let isAnswered = false;
      const leaving = own.get("room:leave", { roomId }).then(() => {
        isAnswered = true;
      });
      const isLeft = async () => (await own.get("room:list", {})).rooms.length === 0;
      await expect.poll(isLeft).toBe(true);
      await hanging.quit();
      const back = await writer.send(roomId, "still there?");
      await Promise.all(devices.map((client) => client.change(roomId, back.rev)));
      const isInTime = !isAnswered;
      await leaving;
      // From where the word of it came.
      const last = await own.send(roomId, "afterwards");
      await Promise.all(devices.map((client) => client.change(roomId, last.rev)));
      // What takes a busy machine longer than the hanging node is waited for says nothing.
      return isInTime ? devices.map((client) => client.all("room:removed").length) : undefined;
    };
    let removals: number[] | undefined;
    await expect.poll(async () => (removals = await attempt())).toBeDefined();
    expect(removals).toEqual([0, 0]);
  });
});
