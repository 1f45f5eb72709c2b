import type { Message } from "@moim/protocol";
import { afterEach, describe, expect, test, vi } from "vitest";
import { TIMELINE_PAGE } from "./bounds.ts";
import { memoryStorage } from "./outbox/memory-storage.ts";
import { settled } from "./testing/manual-clock.ts";
import { ALICE, BOB, message } from "./testing/messages.ts";
import { Scene } from "./testing/scene.ts";

afterEach(() => vi.unstubAllGlobals());

async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await settled();
}

function heldBack() {
  let release = () => {};
  const hold = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { hold, release: () => release() };
}

describe("a client that was stopped", () => {
  test("opens no connection when the answer to its start comes late", async () => {
    const scene = new Scene();
    const { hold, release } = heldBack();
    scene.auth.hold = hold;
    const starting = scene.client.start();
    await settled();
    await scene.client.stop();
    release();
    await starting;
    await manyTurns();
    expect(scene.sockets.opened).toHaveLength(0);
    expect(scene.clock.timersWaiting).toBe(0);
  });

  test("nor when the answer to a sign-in does", async () => {
    const scene = new Scene();
    const { hold, release } = heldBack();
    scene.auth.hold = hold;
    const signingIn = scene.client.signIn({ email: "a@example.org", password: "secret-1" });
    await settled();
    await scene.client.stop();
    release();
    await signingIn.catch(() => {});
    await manyTurns();
    expect(scene.sockets.opened).toHaveLength(0);
    expect(scene.clock.timersWaiting).toBe(0);
  });

  test("leaves no timer behind for what was on its way", async () => {
    const scene = await new Scene().connected();
    const room = scene.client.openRoom("room");
    await settled();
    scene.sockets.last.answer("message:page", { data: { messages: [], rev: 0, hasMore: false } });
    await settled();
    scene.sockets.last.handlers.event("resync", { reason: "renewed" });
    await room.send("on its way");
    room.markRead(1);
    await scene.clock.advance(300);
    const names = scene.sockets.last.emitted.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["message:send", "room:sync", "room:read"]));
    await scene.client.stop();
    await manyTurns();
    expect(scene.clock.timersWaiting).toBe(0);
  });

  test("answers what somebody still waits for, at once", async () => {
    const scene = await new Scene().connected();
    const renaming = scene.client.rename("room", "title");
    await settled();
    await scene.client.stop();
    await expect(renaming).rejects.toMatchObject({ code: "unavailable" });
    expect(scene.clock.timersWaiting).toBe(0);
  });
});

test("whoever writes while another place is on its way goes on from the newest message", async () => {
  const scene = await new Scene().connected();
  const room = scene.client.openRoom("room");
  await settled();
  const page = { messages: [message({ seq: 40, rev: 40 })], rev: 40, hasMore: true };
  const answer = (messages: Message[]) =>
    scene.sockets.last.answer("message:page", { data: { ...page, messages } });
  answer(page.messages);
  await settled();
  const jump = room.showAround(10);
  await settled();
  await room.send("never mind");
  await settled();
  answer([message({ seq: 10, rev: 10 })]);
  answer([message({ seq: 11, rev: 11 })]);
  await jump;
  expect(room.timeline.current).toMatchObject({ hasNewer: false, items: [{ key: "seq-40" }, {}] });
  expect(answer(page.messages).request).toEqual({ roomId: "room", limit: TIMELINE_PAGE });
  await scene.client.stop();
});

test("what waits to be sent stays the same item while others write", async () => {
  const scene = await new Scene().connected();
  const room = scene.client.openRoom("room");
  await settled();
  scene.sockets.last.answer("message:page", { data: { messages: [], rev: 0, hasMore: false } });
  await room.send("on its way");
  await settled();
  const [waiting] = room.timeline.current.items;
  expect(waiting).toMatchObject({ kind: "pending", pending: { delivery: { state: "sending" } } });
  const changes = [message({ roomId: "room", seq: 1, rev: 1 })];
  scene.sockets.last.handlers.event("room:changes", { roomId: "room", changes });
  const { items } = room.timeline.current;
  expect(items.map(({ kind }) => kind)).toEqual(["message", "pending"]);
  expect(items[1]).toBe(waiting);
  // Nothing is new for whoever shows them.
  scene.sockets.last.handlers.event("room:head", { roomId: "room", rev: 1 });
  expect(room.timeline.current.items).toBe(items);
  await scene.client.stop();
});

describe("a session that ends", () => {
  test("ends what was asked for in it, at once", async () => {
    const scene = await new Scene().connected();
    scene.sockets.last.handlers.closed();
    await settled();
    const renaming = scene.client.rename("room", "title");
    await settled();
    const refused = expect(renaming).rejects.toMatchObject({ name: "MoimError" });
    await scene.client.signOut();
    await refused;
  });
});

describe("two users, one after the other", () => {
  test("what one asked for is not done as the next, however late the answer comes", async () => {
    const scene = await new Scene().connected();
    const expired = { status: 401, body: { code: "token_expired" } };
    scene.auth.answerNext("/api/users/me", expired);
    const { hold, release } = heldBack();
    scene.auth.hold = hold;
    const updating = scene.client.updateProfile({ bio: "Alice's" });
    const refused = expect(updating).rejects.toMatchObject({ code: "token_expired" });
    await settled();
    scene.auth.hold = null;
    await scene.client.signOut();
    const bobs = { ...scene.auth.session(BOB), sessionId: "bobs" };
    scene.auth.answerNext("/api/auth/sign-in", { status: 200, body: bobs });
    await scene.client.signIn({ email: "bob@example.org", password: "secret-1" });
    release();
    await refused;
    expect(scene.auth.callsTo("/api/users/me")).toBe(1);
  });

  test("a message retried in a room left open over the sign-out is not stored again", async () => {
    const outboxStorage = memoryStorage();
    const scene = await new Scene({ outboxStorage }).connected();
    const room = scene.client.openRoom("room");
    const { clientId } = await room.send("refused");
    await settled();
    const error = { code: "forbidden", message: "", retryable: false } as const;
    scene.sockets.last.answer("message:send", { error });
    await settled();
    await room.send("behind it");
    expect(scene.client.unsentCount(), "failed or waiting, of both a sign-out would take").toBe(2);
    await scene.client.signOut();
    expect(scene.client.unsentCount()).toBe(0);
    await expect(room.retry(clientId)).rejects.toMatchObject({ code: "token_invalid" });
    expect(await outboxStorage.load(ALICE)).toEqual([]);
  });
});

describe("a listener that throws", () => {
  test("is reported, and harms neither the client nor other listeners", async () => {
    const reported: unknown[] = [];
    vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
    const scene = await new Scene().connected();
    const states: string[] = [];
    let isBroken = false;
    scene.client.connection.subscribe(() => {
      if (isBroken) throw new Error("a bug of the page");
    });
    scene.client.connection.subscribe(({ state }) => states.push(state));
    isBroken = true;
    scene.sockets.last.handlers.closed();
    await scene.clock.advance(1_000);
    await scene.ready();
    expect(states.at(-1)).toBe("ready");
    expect(reported[0]).toMatchObject({ message: "a bug of the page" });
  });
});
