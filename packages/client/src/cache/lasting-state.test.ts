import type { Message, RoomSummary } from "@moim/protocol";
import { describe, expect, test } from "vitest";
import { settled } from "../testing/manual-clock.ts";
import { memoryCache } from "../testing/memory-cache.ts";
import { ALICE, BOB, message, ROOM_ID, roomSummary } from "../testing/messages.ts";
import { Scene } from "../testing/scene.ts";
import { type ClientCache, noCache } from "./client-cache.ts";

const REFRESH = "/api/auth/refresh";
const hello = message({ seq: 1, rev: 1, text: "hello", createdAt: 10 });
const room: RoomSummary = roomSummary({ lastSeq: 1, rev: 1, lastMessage: hello, unread: 1 });

/** Alice with one room, looked at, and all of it noted for next time. */
async function lastTime(
  cache: ClientCache,
  { said = [hello], unread = 1 }: { said?: readonly Message[]; unread?: number } = {},
): Promise<Scene> {
  const scene = new Scene({ cache });
  await scene.client.start();
  await settled();
  scene.sockets.last.ready(scene.serverNow());
  await settled();
  scene.client.user(BOB).subscribe(() => {});
  scene.client.openRoom(ROOM_ID);
  await settled();
  const { seq: lastSeq = 0, rev = 0 } = said.at(-1) ?? {};
  const rooms = [{ ...room, lastSeq, rev, readSeq: lastSeq - unread, unread }];
  const list = { rooms, nextCursor: null, unreadTotal: unread };
  scene.sockets.last.answer("room:list", { data: list });
  const page = { messages: said, rev, hasMore: true };
  scene.sockets.last.answer("message:page", { data: page });
  const bob = { id: BOB, nickname: "bob", name: "Bob", bio: "", avatarUrl: null };
  scene.auth.answerNext("/api/users", { status: 200, body: { users: [bob] } });
  await scene.clock.advance(2_000);
  return scene;
}

/** The page opened anew, where nothing of the network can be had. */
async function withoutNetwork(cache: ClientCache): Promise<Scene> {
  const scene = new Scene({ cache });
  scene.isOnline = false;
  scene.auth.answerNext(REFRESH, ...Array<"network down">(50).fill("network down"));
  await scene.client.start();
  await settled();
  return scene;
}

const textsIn = (scene: Scene) =>
  scene.client
    .openRoom(ROOM_ID)
    .timeline.current.items.map((item) =>
      item.kind === "message" ? item.message.text : item.pending.text,
    );

describe("a page without a network", () => {
  test("shows who was signed in, the last rooms, their newest messages and people", async () => {
    const cache = memoryCache();
    await (await lastTime(cache)).client.stop();
    const scene = await withoutNetwork(cache);
    expect(scene.client.session.current).toMatchObject({ state: "signed-in", me: { id: ALICE } });
    expect(scene.client.connection.current).toEqual({ state: "offline" });
    expect(scene.client.rooms.current).toMatchObject({ state: "ready", unreadTotal: 1 });
    expect(scene.client.rooms.current.rooms).toEqual([room]);
    expect(textsIn(scene)).toEqual(["hello"]);
    expect(scene.client.openRoom(ROOM_ID).timeline.current).toMatchObject({
      state: "ready",
      hasOlder: true,
      room: { id: ROOM_ID },
    });
    expect(scene.client.user(BOB).current?.nickname).toBe("bob");
  });

  test("takes what is typed, and sends it once the session is verified", async () => {
    const cache = memoryCache();
    await (await lastTime(cache)).client.stop();
    const scene = await withoutNetwork(cache);
    await scene.client.openRoom(ROOM_ID).send("typed offline");
    expect(textsIn(scene)).toEqual(["hello", "typed offline"]);
    scene.auth.next.delete(REFRESH);
    scene.isOnline = true;
    await scene.tell("online");
    await settled();
    scene.sockets.last.ready(scene.serverNow());
    await settled();
    const names = scene.sockets.last.emitted.map(({ name }) => name);
    expect(names).toContain("message:send");
    // What is held is not read anew: only what has changed since.
    const sync = scene.sockets.last.emitted.find(({ name }) => name === "room:sync");
    expect(sync?.request.rooms).toEqual([{ roomId: ROOM_ID, rev: 1 }]);
    expect(names).not.toContain("message:page");
  });

  test("asks once more for the people of last time", async () => {
    const cache = memoryCache();
    await (await lastTime(cache)).client.stop();
    const scene = new Scene({ cache });
    await scene.client.start();
    await settled();
    scene.client.user(BOB).subscribe(() => {});
    await scene.clock.advance(20);
    expect(scene.auth.callsTo("/api/users")).toBe(1);
    scene.client.user(BOB).subscribe(() => {});
    await scene.clock.advance(20);
    expect(scene.auth.callsTo("/api/users")).toBe(1);
  });

  test("a service that does not answer is not waited for longer than a moment", async () => {
    const cache = memoryCache();
    await (await lastTime(cache)).client.stop();
    const scene = new Scene({ cache });
    scene.auth.hold = new Promise(() => {});
    const starting = scene.client.start();
    await scene.clock.advance(1_499);
    expect(scene.client.session.current.state).toBe("restoring");
    await scene.clock.advance(1);
    await starting;
    expect(scene.client.session.current.state).toBe("signed-in");
  });

  test("a session that turns out to be over is shown no longer, and nothing of it is kept", async () => {
    const cache = memoryCache();
    await (await lastTime(cache)).client.stop();
    const scene = await withoutNetwork(cache);
    const { timeline } = scene.client.openRoom(ROOM_ID);
    const problem = { type: "about:blank", title: "over", status: 401, code: "session_revoked" };
    scene.auth.next.set(REFRESH, [{ status: 401, body: problem }]);
    await scene.tell("online");
    await settled();
    expect(scene.client.session.current).toEqual({ state: "signed-out", reason: "revoked" });
    expect(timeline.current).toMatchObject({ state: "gone", items: [] });
    expect(scene.client.rooms.current.rooms).toEqual([]);
    expect(cache.records).toEqual([]);
  });
});

describe("two users on one browser", () => {
  test("after a sign-out nothing is kept, also of what was about to be noted", async () => {
    const cache = memoryCache();
    const scene = await lastTime(cache);
    const changes = [message({ seq: 2, rev: 2, text: "late" })];
    scene.sockets.last.handlers.event("room:changes", { roomId: ROOM_ID, changes });
    await scene.client.signOut();
    expect(cache.records).toEqual([]);
    await scene.clock.advance(10_000);
    expect(cache.records).toEqual([]);
    const next = await withoutNetwork(cache);
    expect(next.client.session.current.state).toBe("restoring");
  });

  test("what was asked to be kept before a sign-out does not outlive it", async () => {
    const memory = memoryCache();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: ClientCache = {
      ...memory,
      put: async (records) => {
        await held;
        await memory.put(records);
      },
    };
    const scene = await lastTime(slow);
    const signingOut = scene.client.signOut();
    release();
    await signingOut;
    await settled();
    expect(memory.records).toEqual([]);
  });

  test("the second sees nothing of the first, whose page was closed without a sign-out", async () => {
    const cache = memoryCache();
    await (await lastTime(cache)).client.stop();
    const scene = new Scene({ cache });
    scene.auth.answerNext(REFRESH, { status: 200, body: scene.auth.session(BOB) });
    await scene.client.start();
    await settled();
    expect(scene.client.session.current).toMatchObject({ me: { id: BOB } });
    expect(scene.client.rooms.current.rooms).toEqual([]);
    expect(textsIn(scene)).toEqual([]);
    expect(new Set(cache.records.map(({ userId }) => userId))).toEqual(new Set([BOB]));
  });

  test("what was left of another user by a page that crashed is not the next one's", async () => {
    const cache = memoryCache();
    await (await lastTime(cache)).client.stop();
    const value = { roomId: "Bob's room", rev: 1, messages: [hello], hasOlder: false, usedAtMs: 9 };
    await cache.put([{ userId: BOB, name: "timeline", id: "Bob's room", value }]);
    const scene = await withoutNetwork(cache);
    expect(scene.client.session.current).toMatchObject({ me: { id: ALICE } });
    expect(scene.client.openRoom("Bob's room").timeline.current.items).toEqual([]);
  });

  test("no token is ever kept", async () => {
    const cache = memoryCache();
    const scene = await lastTime(cache);
    expect(cache.records.length).toBeGreaterThan(3);
    expect(JSON.stringify(cache.records)).not.toMatch(/token|head\./i);
    expect(scene.sockets.last.token).toMatch(/^head\./);
  });

  test("a client that is stopped notes nothing more", async () => {
    const cache = memoryCache();
    const scene = await lastTime(cache);
    const changes = [message({ seq: 2, rev: 2, text: "late" })];
    scene.sockets.last.handlers.event("room:changes", { roomId: ROOM_ID, changes });
    await scene.client.stop();
    await settled();
    expect(scene.clock.timersWaiting).toBe(0);
  });

  test("signed in again, the first begins from nothing too", async () => {
    const cache = memoryCache();
    await (await lastTime(cache)).client.stop();
    const scene = await withoutNetwork(cache);
    await scene.client.signOut();
    await scene.client.signIn({ email: "alice@example.org", password: "secret-1" });
    await settled();
    expect(scene.client.rooms.current.rooms).toEqual([]);
    expect(textsIn(scene)).toEqual([]);
  });
});

describe("what is kept", () => {
  test("of a room that one is no longer in is nothing", async () => {
    const cache = memoryCache();
    const scene = await lastTime(cache);
    const hasTimeline = () => cache.records.some(({ name }) => name === "timeline");
    expect(hasTimeline()).toBe(true);
    const removed = { roomId: ROOM_ID, reason: "removed" };
    scene.sockets.last.handlers.event("room:removed", removed);
    await scene.clock.advance(2_000);
    expect(hasTimeline()).toBe(false);
    const rooms = cache.records.find(({ name }) => name === "rooms");
    expect(rooms?.value).toMatchObject({ rooms: [], unreadTotal: 0 });
  });

  test("a cache that fails or hangs is left alone, and everything else goes on", async () => {
    const broken: ClientCache = {
      ...noCache,
      load: () => new Promise(() => {}),
      put: () => Promise.reject(new DOMException("full", "QuotaExceededError")),
    };
    const scene = new Scene({ cache: broken });
    await scene.client.start();
    await settled();
    expect(scene.client.session.current.state).toBe("signed-in");
    await scene.clock.advance(5_000);
    await scene.client.signOut();
    expect(scene.client.session.current.state).toBe("signed-out");
  });
});

test("a kept room that reads older messages before it has caught up does not call itself current", async () => {
  const cache = memoryCache();
  const said = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) =>
      message({ seq: first + index, rev: first + index }),
    );
  await (await lastTime(cache, { said: said(51, 100), unread: 0 })).client.stop();
  const scene = new Scene({ cache });
  await scene.client.start();
  await settled();
  const open = scene.client.openRoom(ROOM_ID);
  await settled();
  scene.client.connection.subscribe(({ state }) => {
    if (state === "ready") void open.loadOlder();
  });
  scene.sockets.last.ready(scene.serverNow());
  await settled();
  const { last: socket } = scene.sockets;
  socket.answer("message:page", { data: { messages: said(1, 50), rev: 140, hasMore: false } });
  const rooms = [{ ...room, lastSeq: 140, rev: 140, readSeq: 100, unread: 40 }];
  socket.answer("room:list", { data: { rooms, nextCursor: null, unreadTotal: 40 } });
  await settled();
  const shown = () => {
    const { items, isCurrent } = open.timeline.current;
    return { count: items.length, isCurrent };
  };
  expect(shown()).toEqual({ count: 100, isCurrent: false });
  const missed = { roomId: ROOM_ID, rev: 140, changes: said(101, 140), more: false, reset: false };
  socket.answer("room:sync", { data: { rooms: [missed] } });
  await settled();
  expect(shown()).toEqual({ count: 140, isCurrent: true });
});
