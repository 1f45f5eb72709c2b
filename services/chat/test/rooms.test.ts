import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, startWorld, type World } from "./support/nodes.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ nodes: 2 });
});
afterAll(() => world.close());

/** Two users with a ready socket each, on different nodes. */
async function pair() {
  const users = [world.issuer.newUser(), world.issuer.newUser()] as const;
  const [first, second] = await Promise.all([
    world.connect(users[0], 0),
    world.connect(users[1], 1),
  ]);
  return { users, first, second };
}

describe("a direct room", () => {
  it("is one room, however many create it at once on both nodes", async () => {
    const { users, first, second } = await pair();
    const rooms = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2
          ? first.insist("room:create", { kind: "direct", userId: users[1].userId })
          : second.insist("room:create", { kind: "direct", userId: users[0].userId }),
      ),
    );
    expect(new Set(rooms.map(({ room }) => room.id)).size).toBe(1);
  });

  it("stands in both lists from the first message on, not before", async () => {
    const { users, first, second } = await pair();
    const { room } = await first.get("room:create", { kind: "direct", userId: users[1].userId });
    expect((await first.get("room:list", {})).rooms).toEqual([]);
    await first.get("room:typing", { roomId: room.id, typing: true });
    for (const seq of [0, 1]) await first.get("room:read", { roomId: room.id, seq });
    await first.get("room:mute", { roomId: room.id, muted: true });
    await first.refused("room:rename", { roomId: room.id, title: "a title" });
    // Longer than any sweep: nothing may give the room away before something is said in it.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(second.arrivals.map((arrival) => arrival.name)).toEqual(["session:ready"]);
    await first.send(room.id, "hello");
    expect((await second.next("room:added")).room.id).toBe(room.id);
    await second.change(room.id, 1);
    const { rooms, unreadTotal } = await second.get("room:list", {});
    expect(rooms).toMatchObject([{ id: room.id, unread: 1, lastMessage: { text: "hello" } }]);
    expect(unreadTotal).toBe(1);
    expect((await first.get("room:list", {})).unreadTotal).toBe(0);
  });

  it("once left is hidden until the next message, and shows nothing from before", async () => {
    const { users, first, second } = await pair();
    const { room } = await first.get("room:create", { kind: "direct", userId: users[1].userId });
    await first.send(room.id, "before");
    await second.change(room.id, 1);
    await second.get("room:leave", { roomId: room.id });
    expect(await second.next("room:removed")).toEqual({ roomId: room.id, reason: "left" });
    expect(await second.get("room:list", {})).toMatchObject({ rooms: [], unreadTotal: 0 });

    await first.send(room.id, "after");
    await expect.poll(() => second.all("room:added").length).toBe(2);
    expect((await second.change(room.id, 2)).text).toBe("after");
    const { rooms } = await second.get("room:list", {});
    expect(rooms).toMatchObject([{ id: room.id, unread: 1 }]);
    const { messages, hasMore } = await second.get("message:page", { roomId: room.id });
    expect(messages.map((message) => message.text)).toEqual(["after"]);
    expect(hasMore).toBe(false);
    const sync = await second.get("room:sync", { rooms: [{ roomId: room.id, rev: 0 }] });
    expect(sync.rooms).toMatchObject([{ changes: [{ text: "after" }], rev: 2 }]);
    const reply = { roomId: room.id, clientId: randomUUID(), text: "to what?", replyTo: 1 };
    expect(await second.refused("message:send", reply)).toBe("not_found");
  });

  it("once left is silent about changes of what was said before", async () => {
    const { users, first, second } = await pair();
    // On one node with the other: there the changes are delivered.
    const neighbour = await world.connect(users[1], 0);
    const { room } = await first.get("room:create", { kind: "direct", userId: users[1].userId });
    const { seq } = await first.send(room.id, "before");
    await neighbour.change(room.id, 1);
    await second.get("room:leave", { roomId: room.id });
    await neighbour.next("room:removed");
    const place = { roomId: room.id, seq };
    await first.get("message:edit", { ...place, text: "after" });
    await first.get("message:react", { ...place, emoji: "👍", on: true });
    await first.get("message:delete", place);
    await first.change(room.id, 4);
    await neighbour.get("room:list", {});
    const heard = neighbour.arrivals.map(({ name }) => name);
    expect(heard.slice(heard.indexOf("room:removed") + 1)).toEqual([]);
    expect(neighbour.changes(room.id)).toHaveLength(1);
  });

  it("with oneself or with nobody is refused", async () => {
    const { users, first } = await pair();
    const withSelf = { kind: "direct", userId: users[0].userId };
    expect(await first.refused("room:create", withSelf)).toBe("bad_request");
    const withNobody = { kind: "direct", userId: randomUUID() };
    expect(await first.refused("room:create", withNobody)).toBe("bad_request");
  });
});

describe("a group", () => {
  it("is made once per clientId, also when repeated at once", async () => {
    const { users, first, second } = await pair();
    const request = {
      kind: "group" as const,
      clientId: randomUUID(),
      title: "모임",
      userIds: [users[1].userId, users[1].userId, users[0].userId],
    };
    const rooms = await Promise.all(
      Array.from({ length: 10 }, () => first.get("room:create", request)),
    );
    expect(new Set(rooms.map(({ room }) => room.id)).size).toBe(1);
    const { room } = at(rooms, 0);
    expect(room).toMatchObject({ title: "모임", memberCount: 2, lastSeq: 1, rev: 1 });
    expect(room.members.map((member) => member.role).sort()).toEqual(["member", "owner"]);
    expect((await second.next("room:added")).room.id).toBe(room.id);
    expect(await second.change(room.id, 1)).toMatchObject({
      kind: "notice",
      text: null,
      notice: { type: "created", userIds: [users[1].userId], title: "모임" },
    });
    expect((await second.get("room:list", {})).unreadTotal).toBe(0);
  });

  it("with an unknown user is refused whole", async () => {
    const { first } = await pair();
    const request = { kind: "group", clientId: randomUUID(), userIds: [randomUUID()] };
    expect(await first.refused("room:create", request)).toBe("bad_request");
    expect((await first.get("room:list", {})).rooms).toEqual([]);
  });

  it("says unavailable when the auth service does not answer, and then works again", async () => {
    const { users, first } = await pair();
    world.issuer.setPaused(true);
    const request = { kind: "direct" as const, userId: users[1].userId };
    expect(await first.refused("room:create", request)).toBe("unavailable");
    world.issuer.setPaused(false);
    expect(await first.refused("room:create", request)).toBe("nothing");
  });

  it("shows whoever is invited later nothing from before, on any way", async () => {
    const { roomId, clients } = await world.group(2);
    await at(clients, 0).send(roomId, "secret");
    const guest = world.issuer.newUser();
    const guestClient = await world.connect(guest, 1);
    const { room } = await at(clients, 1).get("room:invite", { roomId, userIds: [guest.userId] });
    expect(room.memberCount).toBe(3);
    expect((await guestClient.next("room:added")).room.id).toBe(roomId);
    expect(await guestClient.change(roomId, 3)).toMatchObject({
      notice: { type: "invited", userIds: [guest.userId] },
    });
    const { messages, hasMore } = await guestClient.get("message:page", { roomId });
    expect(messages.map((message) => message.seq)).toEqual([3]);
    expect(hasMore).toBe(false);
    const sync = await guestClient.get("room:sync", { rooms: [{ roomId, rev: 0 }] });
    expect(sync.rooms).toMatchObject([{ changes: [{ seq: 3 }], rev: 3, more: false }]);
    // A repeat of what was said before is announced to those who may see it only.
    const clientId = randomUUID();
    const early = { roomId, clientId, text: "x" };
    await at(clients, 0).get("message:send", early);
    await guestClient.change(roomId, 4);
    const late = world.issuer.newUser();
    const lateClient = await world.connect(late, 1);
    await at(clients, 0).get("room:invite", { roomId, userIds: [late.userId] });
    await lateClient.change(roomId, 5);
    await at(clients, 0).get("message:send", early);
    await expect
      .poll(() => guestClient.changes(roomId).filter((change) => change.rev === 4).length)
      .toBe(2);
    expect(lateClient.changes(roomId).map((change) => change.rev)).toEqual([5]);
  });

  it("invited twice takes each once and posts no second notice", async () => {
    const { roomId, users, clients } = await world.group(2);
    const again = { roomId, userIds: [at(users, 1).userId] };
    const { room } = await at(clients, 0).get("room:invite", again);
    expect(room).toMatchObject({ memberCount: 2, lastSeq: 1 });
  });

  it("delivers nothing more to a member who left, from the answer on, on any node", async () => {
    const { roomId, users, clients } = await world.group(3);
    const leaver = at(clients, 1);
    const otherDevice = await world.connect(at(users, 1), 0);
    await leaver.get("room:leave", { roomId });
    const seen = [leaver, otherDevice].map((client) => client.changes(roomId).length);
    await at(clients, 0).send(roomId, "without you");
    await at(clients, 2).change(roomId, 3);
    expect([leaver, otherDevice].map((client) => client.changes(roomId).length)).toEqual(seen);
    expect(await otherDevice.next("room:removed")).toEqual({ roomId, reason: "left" });
    expect(await leaver.refused("message:page", { roomId })).toBe("not_found");
    expect(await at(clients, 2).change(roomId, 2)).toMatchObject({
      senderId: at(users, 1).userId,
      notice: { type: "left", userIds: [at(users, 1).userId] },
    });
  });

  it("passes ownership to the longest-standing member, and goes with its last", async () => {
    const { roomId, clients } = await world.group(2);
    await at(clients, 0).get("room:leave", { roomId });
    const { room } = await at(clients, 1).get("room:get", { roomId });
    expect(room.members).toMatchObject([{ role: "owner" }]);
    expect(room.memberCount).toBe(1);
    await at(clients, 1).get("room:leave", { roomId });
    const { rows } = await world.pool.query(
      `SELECT (SELECT count(*) FROM chat.rooms WHERE id = $1)::int AS rooms,
              (SELECT count(*) FROM chat.messages WHERE room_id = $1)::int AS messages`,
      [roomId],
    );
    expect(rows).toEqual([{ rooms: 0, messages: 0 }]);
  });

  it("cannot be told by strangers from one that does not exist", async () => {
    const { roomId } = await world.group(2);
    const stranger = await world.connect(world.issuer.newUser());
    for (const [event, fields] of [
      ["room:get", {}],
      ["room:leave", {}],
      ["room:read", { seq: 1 }],
      ["room:invite", { userIds: [randomUUID()] }],
      ["room:members", {}],
      ["room:rename", { title: "mine" }],
      ["room:remove", { userId: randomUUID() }],
      ["room:mute", { muted: true }],
      ["room:typing", { typing: true }],
      ["message:page", {}],
      ["message:send", { clientId: randomUUID(), text: "hello" }],
      ["message:send", { clientId: randomUUID(), text: "hello", replyTo: 1 }],
      ["message:edit", { seq: 1, text: "hello" }],
      ["message:delete", { seq: 1 }],
      ["message:react", { seq: 1, emoji: "👍", on: true }],
      ["message:search", { query: "hello" }],
    ] as const) {
      const there = await stranger.askAnything(event, { roomId, ...fields });
      const nowhere = await stranger.askAnything(event, { roomId: randomUUID(), ...fields });
      expect(there).toMatchObject({ ok: false, error: { code: "not_found" } });
      expect(nowhere).toEqual(there);
    }
  });
});

describe("reading", () => {
  it("moves forward only, never past the end, and is told to everybody", async () => {
    const { roomId, users, clients } = await world.group(2);
    for (const text of ["a", "b", "c"]) await at(clients, 0).send(roomId, text);
    const reader = at(clients, 1);
    expect((await reader.get("room:list", {})).unreadTotal).toBe(3);
    expect(await reader.get("room:read", { roomId, seq: 3 })).toEqual({
      readSeq: 3,
      unreadTotal: 1,
    });
    expect(await at(clients, 0).next("room:read")).toEqual({
      roomId,
      userId: at(users, 1).userId,
      seq: 3,
    });
    expect((await reader.get("room:read", { roomId, seq: 2 })).readSeq).toBe(3);
    expect((await reader.get("room:read", { roomId, seq: 999 })).readSeq).toBe(4);
    await at(clients, 0).next("room:read", ({ seq }) => seq === 4);
    expect(
      at(clients, 0)
        .all("room:read")
        .map((read) => read.seq),
    ).toEqual([3, 4]);
  });

  it("is told of again where the node that stored it died before it told anybody", async () => {
    const { roomId, users, clients } = await world.group(2);
    const reader = at(users, 1);
    // As such a node leaves it behind. The client has no answer, and asks again.
    await world.pool.query(
      "UPDATE chat.members SET read_seq = 1 WHERE room_id = $1 AND user_id = $2",
      [roomId, reader.userId],
    );
    expect(await at(clients, 1).get("room:read", { roomId, seq: 1 })).toMatchObject({ readSeq: 1 });
    const read = { roomId, userId: reader.userId, seq: 1 };
    expect(await at(clients, 0).next("room:read")).toEqual(read);
  });
});

describe("the room list", () => {
  it("is ordered by activity and pages through all by cursor", async () => {
    const user = world.issuer.newUser();
    const client = await world.connect(user);
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) {
      const request = { kind: "group" as const, clientId: randomUUID(), userIds: [] };
      ids.push((await client.get("room:create", request)).room.id);
    }
    await client.send(at(ids, 2), "newest");
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.get("room:list", { limit: 3, cursor });
      seen.push(...page.rooms.map((room) => room.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    const [third, ...others] = [at(ids, 2), ...ids.filter((_, index) => index !== 2).reverse()];
    expect(seen).toEqual([third, ...others]);
    expect(await client.refused("room:list", { cursor: "bm90IG91cnM" })).toBe("bad_request");
    expect(await client.refused("room:list", { limit: 51 })).toBe("bad_request");
  });
});
