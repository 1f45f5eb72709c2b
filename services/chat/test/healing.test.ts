import { randomUUID } from "node:crypto";
import { type RunningRedis, startRedis } from "@moim/local";
import type { Message } from "@moim/protocol";
import { Redis } from "ioredis";
import { MessageType } from "socket.io-adapter";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestClient } from "./support/client.ts";
import { Follower } from "./support/follower.ts";
import { at, startWorld, type World } from "./support/nodes.ts";
import { BUSY_MS } from "./support/patience.ts";
import { startStallingProxy } from "./support/stalling-proxy.ts";

let redis: RunningRedis;
let world: World;
beforeEach(async () => {
  redis = await startRedis();
  world = await startWorld({ nodes: 2, redisUrl: redis.url });
});
afterEach(async () => {
  await world.close();
  await redis.stop();
});

/** What a plain client does when told that it may have missed something. */
async function fetchChanges(client: TestClient, roomId: string, rev: number) {
  const { rooms } = await client.get("room:sync", { rooms: [{ roomId, rev }] });
  const [room] = rooms;
  if (!room || "gone" in room) throw new Error("the room is gone");
  return room.changes.map((change) => change.text);
}

/** As a node words it that brings a user's sockets into a room or takes them out. */
async function announceMove(type: MessageType, userId: string, roomId: string): Promise<void> {
  const connection = new Redis(redis.url);
  const opts = { rooms: [`user:${userId}`], except: [] };
  const message = { type, uid: "stalled", nsp: "/", data: { opts, rooms: [`room:${roomId}`] } };
  await connection.spublish("moim#/#", JSON.stringify(message));
  connection.disconnect();
}

describe("while Redis is gone", () => {
  it("sends are acknowledged, neighbours served live, the others catch up within 5 s of its return", async () => {
    const { roomId, users, clients } = await world.group(2);
    const neighbour = await world.connect(at(users, 1), 0);
    const remote = at(clients, 1);
    await redis.stop();
    const sent = [];
    for (let index = 0; index < 10; index++) {
      sent.push(await at(clients, 0).sendOnce(roomId, `n${index}`));
    }
    expect(sent.map((message) => message.seq)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    await neighbour.change(roomId, 11);
    expect(remote.changes(roomId).map((change) => change.rev)).toEqual([1]);

    // Empty, on the same port: nothing that matters was in it.
    redis = await startRedis({ port: Number(new URL(redis.url).port) });
    await expect
      .poll(() => remote.all("resync").length + remote.all("room:head").length, {
        timeout: 5_000 + BUSY_MS,
      })
      .toBeGreaterThan(0);
    expect(await fetchChanges(remote, roomId, 1)).toEqual(sent.map((message) => message.text));

    await remote.next("resync");
    // What the other node says before it is back as well is lost; that much is found within 5 s, not live.
    const later: Message[] = [];
    await expect
      .poll(async () => {
        later.push(await at(clients, 0).send(roomId, "live across nodes again"));
        return remote.changes(roomId).at(-1)?.text;
      })
      .toBe("live across nodes again");
    expect(later).toContainEqual(remote.changes(roomId).at(-1));
  });

  it("killed for 5 s under traffic from both nodes: nothing is refused, and all converge within 5 s", async () => {
    const { roomId, clients } = await world.group(4);
    const followers = clients.map((client) => new Follower(client, roomId));
    await redis.stop();
    const endsAt = Date.now() + 5_000;
    const sent = await Promise.all(
      clients.map(async (client, index) => {
        let count = 0;
        for (; Date.now() < endsAt; count++) {
          await client.sendOnce(roomId, `${index} ${count}`);
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        return count;
      }),
    );
    redis = await startRedis({ port: Number(new URL(redis.url).port) });
    const total = sent.reduce((sum, count) => sum + count, 1);
    // All along, from everybody, however busy the machine is.
    for (const count of sent) expect(count).toBeGreaterThan(2);
    await expect
      .poll(() => followers.map((follower) => follower.missing(total)), {
        timeout: 5_000 + BUSY_MS,
      })
      .toEqual(clients.map(() => []));
  });

  it("a member who left and a session that ended are known to the other node on its return", async () => {
    const { roomId, users, clients } = await world.group(3);
    const leaver = await world.connect(at(users, 1), 0);
    await redis.stop();
    await leaver.get("room:leave", { roomId });
    await world.pool.query("SELECT 1");
    const cut = at(clients, 2);
    const startedAt = Date.now();
    await world.revoke(at(users, 2), false);
    redis = await startRedis({ port: Number(new URL(redis.url).port) });
    expect((await cut.next("session:closed")).code).toBe("session_revoked");
    expect(Date.now() - startedAt).toBeLessThan(6_000 + BUSY_MS);
    const stale = at(clients, 1);
    await stale.next("resync");
    const { rev } = await at(clients, 0).send(roomId, "without you");
    await at(clients, 0).change(roomId, rev);
    expect(stale.changes(roomId).map((change) => change.text)).not.toContain("without you");
  });
});

describe("while Redis is gone for one node alone", () => {
  it("what is read there, and muted, is told to the others once it is back: no rev tells of it", async () => {
    const { roomId, users, clients } = await world.group(2);
    const proxy = await startStallingProxy(redis.url);
    await world.addNode({ REDIS_URL: proxy.url });
    const reader = at(users, 0);
    const there = await world.connect(reader, 2);
    const elsewhere = [at(clients, 1), await world.connect(reader, 1)];
    const { seq } = await at(clients, 1).send(roomId, "for you to read");
    await there.change(roomId, seq);
    proxy.cut();
    await there.get("room:read", { roomId, seq: seq - 1 });
    await there.get("room:read", { roomId, seq });
    for (const muted of [true, false, true]) await there.get("room:mute", { roomId, muted });
    proxy.resume();
    for (const client of elsewhere) {
      await client.next("room:read", (read) => read.seq === seq && read.userId === reader.userId);
    }
    await at(elsewhere, 1).next("room:changed", ({ room }) => room.muted === true);
    // Nobody else has anything to do with that, nor had the others anything to fetch.
    for (const client of elsewhere) expect(client.all("resync")).toEqual([]);
    expect(at(clients, 1).all("room:changed")).toEqual([]);
    await proxy.close();
  });

  it("what was muted there is told as it is by then, and of a room that was left meanwhile nothing", async () => {
    const { roomId: left, users, clients } = await world.group(2);
    const [owner, member] = [at(clients, 0), at(users, 1)];
    const groupOfBoth = async () => {
      const [clientId, userIds] = [randomUUID(), [member.userId]];
      return (await owner.get("room:create", { kind: "group", clientId, userIds })).room.id;
    };
    const [unmuted, last] = [await groupOfBoth(), await groupOfBoth()];
    const proxy = await startStallingProxy(redis.url);
    await world.addNode({ REDIS_URL: proxy.url });
    const [there, elsewhere] = [await world.connect(member, 2), await world.connect(member, 1)];
    proxy.cut();
    for (const roomId of [left, unmuted, last])
      await there.get("room:mute", { roomId, muted: true });
    await owner.get("room:remove", { roomId: left, userId: member.userId });
    await elsewhere.next("room:removed");
    await elsewhere.get("room:mute", { roomId: unmuted, muted: false });
    proxy.resume();
    await elsewhere.next("room:changed", ({ room }) => room.id === last && room.muted === true);
    const words = elsewhere.all("room:changed").map(({ room }) => [room.id, room.muted]);
    expect(words.filter(([roomId]) => roomId !== last)).toEqual([
      [unmuted, false],
      [unmuted, false],
    ]);
    await proxy.close();
  });
});

describe("an announcement that is lost", () => {
  it("is found within 5 s by comparing with the database", async () => {
    const { roomId, clients } = await world.group(2);
    const remote = at(clients, 1);
    // A node that died between its commit and its announcement leaves exactly this.
    await world.pool.query(
      `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
       VALUES ($1, 2, 2, 'text', gen_random_uuid(), gen_random_uuid(), 'lost', now())`,
      [roomId],
    );
    await world.pool.query("UPDATE chat.rooms SET last_seq = 2, rev = 2 WHERE id = $1", [roomId]);
    const startedAt = Date.now();
    expect(await remote.next("room:head")).toEqual({ roomId, rev: 2 });
    expect(Date.now() - startedAt).toBeLessThan(5_000 + BUSY_MS);
    expect(await fetchChanges(remote, roomId, 1)).toEqual(["lost"]);
  });

  it("is not reported for rooms that are delivered in full", async () => {
    const { roomId, clients } = await world.group(2);
    let last = 0;
    for (let index = 0; index < 35; index++) {
      last = (await at(clients, 0).send(roomId, "steady")).rev;
      await new Promise((resolve) => setTimeout(resolve, 130)); // Over more than one sweep.
    }
    await at(clients, 1).change(roomId, last);
    for (const client of clients) expect(client.all("room:head")).toEqual([]);
  });
});

describe("a change of membership whose announcement is lost", () => {
  it("is found within 5 s: who was removed hears nothing more, who was added hears all", async () => {
    const { roomId, users, clients } = await world.group(3);
    const removed = at(clients, 1);
    const guest = world.issuer.newUser();
    const guestClient = await world.connect(guest, 1);
    // A node that died between its commit and its announcements leaves exactly this.
    const connection = await world.pool.connect();
    await connection.query("BEGIN");
    await connection.query("DELETE FROM chat.members WHERE room_id = $1 AND user_id = $2", [
      roomId,
      at(users, 1).userId,
    ]);
    await connection.query(
      `INSERT INTO chat.members (room_id, user_id, role, history_from_seq) VALUES ($1, $2, 'member', 2)`,
      [roomId, guest.userId],
    );
    await connection.query("INSERT INTO chat.membership_changes (user_id) VALUES ($1), ($2)", [
      at(users, 1).userId,
      guest.userId,
    ]);
    await connection.query("COMMIT");
    connection.release();
    const startedAt = Date.now();
    expect(await removed.next("room:removed")).toEqual({ roomId, reason: "removed" });
    expect((await guestClient.next("room:added")).room.id).toBe(roomId);
    expect(Date.now() - startedAt).toBeLessThan(5_000 + BUSY_MS);
    const { rev } = await at(clients, 0).send(roomId, "for members only");
    expect((await guestClient.change(roomId, rev)).text).toBe("for members only");
    await at(clients, 2).change(roomId, rev);
    expect(removed.changes(roomId).map((change) => change.text)).not.toContain("for members only");
  });

  it("or that comes after a later one was compared is found within 5 s as well", async () => {
    const { roomId, users, clients } = await world.group(3);
    const [speaker, kept] = [at(clients, 0), at(clients, 1)];
    const stranger = world.issuer.newUser();
    const strangerClient = await world.connect(stranger, 1);
    // A node that stood still between its commit and its word, while others changed the same again.
    await announceMove(MessageType.SOCKETS_JOIN, stranger.userId, roomId);
    await announceMove(MessageType.SOCKETS_LEAVE, at(users, 1).userId, roomId);
    expect(await strangerClient.next("room:removed")).toEqual({ roomId, reason: "removed" });
    expect((await kept.next("room:added", () => kept.all("room:added").length > 1)).room.id).toBe(
      roomId,
    );
    const { rev } = await speaker.send(roomId, "for members only");
    expect((await kept.change(roomId, rev)).text).toBe("for members only");
    await strangerClient.get("room:list", {});
    expect(strangerClient.changes(roomId)).toEqual([]);
  });

  it("tells nobody twice when the announcement did arrive", async () => {
    const { roomId, clients } = await world.group(2);
    const guest = world.issuer.newUser();
    const guestClient = await world.connect(guest, 1);
    await at(clients, 0).get("room:invite", { roomId, userIds: [guest.userId] });
    await at(clients, 1).get("room:leave", { roomId });
    await new Promise((resolve) => setTimeout(resolve, 5_500)); // Longer than any repair takes.
    expect(guestClient.all("room:added")).toHaveLength(1);
    expect(at(clients, 1).all("room:removed")).toHaveLength(1);
    for (const { logs } of world.nodes) expect(logs.join("")).not.toContain("memberships mended");
  });
});
