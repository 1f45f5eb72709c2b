import { type Cluster, startCluster } from "@moim/local";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createMoimClient, type MoimClient, type OpenRoom } from "../src/index.ts";
import { newPerson, PASSWORD, type Person, textsOf, until } from "./support/people.ts";

let cluster: Cluster;
const clients: MoimClient[] = [];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, connectionsPerSecond: 1_000, connectionsBurst: 1_000 });
}, 180_000);
afterAll(() => cluster?.stop());
afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
});

async function person(): Promise<Person> {
  const somebody = await newPerson(cluster.url);
  clients.push(somebody.client);
  return somebody;
}

async function secondDevice({ email }: Person, password = PASSWORD): Promise<MoimClient> {
  const client = createMoimClient({ baseUrl: cluster.url, tokenTransport: "body" });
  clients.push(client);
  await client.start();
  await client.signIn({ email, password });
  await until(client.connection, ({ state }) => state === "ready");
  return client;
}

async function aliceAndBob() {
  const [alice, bob] = await Promise.all([person(), person()]);
  const roomId = await alice.client.createGroup({ userIds: [bob.userId] });
  const hers = alice.client.openRoom(roomId);
  const his = bob.client.openRoom(roomId);
  for (const { timeline } of [hers, his]) await until(timeline, ({ state }) => state === "ready");
  return { alice, bob, roomId, hers, his };
}

const messageIn = (room: OpenRoom, seq: number) => {
  const items = room.timeline.current.items;
  const found = items.find((item) => item.kind === "message" && item.message.seq === seq);
  return found?.kind === "message" ? found.message : undefined;
};

const shows = (room: OpenRoom, ...texts: string[]) =>
  until(room.timeline, (view) => JSON.stringify(textsOf(view)) === JSON.stringify(texts));

/** Sent, and confirmed. The first `seq` of a group is the notice of its creation. */
async function say(room: OpenRoom, ...texts: string[]): Promise<void> {
  for (const text of texts) await room.send(text);
  await until(room.timeline, ({ items }) => items.every(({ kind }) => kind === "message"));
}

describe("a message that was sent", () => {
  test("is edited, reacted to and deleted on both screens, by those who may", async () => {
    const { hers, his, bob } = await aliceAndBob();
    await say(hers, "helo");
    await shows(his, "helo");
    await expect(his.edit(2, "hacked")).rejects.toMatchObject({ code: "forbidden" });
    expect(await hers.edit(2, "hello")).toMatchObject({ text: "hello" });
    await shows(his, "hello");
    await his.react(2, "👍🏽", true);
    await his.react(2, "👍🏽", true);
    const reactions = [{ emoji: "👍🏽", userIds: [bob.userId] }];
    await until(hers.timeline, () => messageIn(hers, 2)?.reactions.length === 1);
    expect(messageIn(hers, 2)).toMatchObject({ reactions, text: "hello" });
    await hers.delete(2);
    await until(his.timeline, () => messageIn(his, 2)?.deletedAt !== null);
    expect(messageIn(his, 2)).toMatchObject({ text: null, reactions: [] });
    await expect(hers.edit(2, "again")).rejects.toMatchObject({ code: "conflict" });
  });

  test("is found, jumped to, and from there both directions lead on", async () => {
    const { alice, roomId, hers, his } = await aliceAndBob();
    const texts = Array.from({ length: 120 }, (_, index) => `n${index}`);
    // The needle lies deeper than a page.
    texts[20] = "needle";
    await say(hers, ...texts);
    await his.showNewest();
    const { messages } = await alice.client.searchMessages({ query: "needle", roomId });
    expect(messages.map(({ text }) => text)).toEqual(["needle"]);
    const seq = messages[0]?.seq ?? 0;
    const device = await secondDevice(alice);
    const room = device.openRoom(roomId);
    await room.showAround(seq);
    expect(messageIn(room, seq)?.text).toBe("needle");
    expect(room.timeline.current).toMatchObject({ hasNewer: true });
    // What she has been told is stored may be on its way to him.
    const { items } = await until(his.timeline, (view) => textsOf(view).at(-1) === texts.at(-1));
    await his.send("live");
    await until(his.timeline, (view) => textsOf(view).at(-1) === "live");
    expect(his.timeline.current.items).toHaveLength(items.length + 1);
    expect(textsOf(room.timeline.current)).not.toContain("live");
    for (let pages = 0; room.timeline.current.hasNewer && pages < 10; pages++) {
      await room.loadNewer();
    }
    while (room.timeline.current.hasOlder) await room.loadOlder();
    await shows(room, ...texts, "live");
    await expect(room.showAround(10_000)).rejects.toMatchObject({ code: "not_found" });
  });

  test("whoever writes while looking at old messages is back at the newest", async () => {
    const { alice, roomId, hers } = await aliceAndBob();
    await say(hers, ...Array.from({ length: 70 }, (_, index) => `n${index}`));
    const room = (await secondDevice(alice)).openRoom(roomId);
    await room.showAround(5);
    await room.send("an answer");
    await until(room.timeline, ({ hasNewer }) => !hasNewer);
    await until(room.timeline, (view) => textsOf(view).at(-1) === "an answer");
  });

  test("is quoted from outside of what is held, and the quote knows of edits", async () => {
    const { alice, roomId, hers } = await aliceAndBob();
    await say(hers, ...Array.from({ length: 60 }, (_, index) => `n${index}`));
    const room = (await secondDevice(alice)).openRoom(roomId);
    await until(room.timeline, ({ state }) => state === "ready");
    expect(messageIn(room, 2)).toBeUndefined();
    const quoted = room.message(2);
    await until(quoted, (message) => message?.text === "n0");
    await hers.edit(2, "edited");
    await until(quoted, (message) => message?.text === "edited");
    await until(room.message(999), (message) => message === null);
  });
});

describe("the people in a room", () => {
  test("are seen typing until their message comes", async () => {
    const { alice, hers, his } = await aliceAndBob();
    // It is dropped where something else is just being written to his socket: so she goes on, as people do.
    const keys = setInterval(() => hers.setTyping(true), 100);
    await until(his.typing, (userIds) => userIds.join() === alice.userId);
    clearInterval(keys);
    expect(hers.typing.current).toEqual([]);
    await hers.send("done");
    await until(his.typing, (userIds) => userIds.length === 0);
  });

  test("are listed with how far each has read, live", async () => {
    const { alice, bob, roomId, hers, his } = await aliceAndBob();
    const carol = await person();
    const idsOf = (members: readonly { userId: string }[]) => members.map(({ userId }) => userId);
    hers.members.subscribe(() => {});
    const { members } = await until(hers.members, ({ state }) => state === "ready");
    expect(idsOf(members).sort()).toEqual([alice.userId, bob.userId].sort());
    await say(hers, "one", "two");
    await shows(his, "one", "two");
    his.markRead(3);
    const readSeqOf = (userId: string) =>
      hers.members.current.members.find((member) => member.userId === userId)?.readSeq;
    await until(hers.members, () => readSeqOf(bob.userId) === 3);
    expect(readSeqOf(alice.userId)).toBe(3);
    await alice.client.invite(roomId, [carol.userId]);
    await until(hers.members, (view) => view.members.length === 3);
    await alice.client.removeMember(roomId, carol.userId);
    await until(hers.members, (view) => view.members.length === 2);
    await until(carol.client.rooms, ({ rooms }) => rooms.length === 0);
  });

  test("are known to be online; strangers are not", async () => {
    const { alice, bob } = await aliceAndBob();
    const stranger = await person();
    const states = [bob.userId, stranger.userId].map((id) => alice.client.presence(id));
    const ends = states.map((state) => state.subscribe(() => {}));
    const [bobs, strangers] = states;
    if (!bobs || !strangers) throw new Error("nobody watched");
    // Of somebody who has just come the other node may hear a moment later.
    await until(bobs, (state) => state?.online === true);
    expect(strangers.current).toBeNull();
    const roomId = await alice.client.createGroup({ userIds: [stranger.userId] });
    expect(roomId).not.toBe("");
    await until(strangers, (state) => state?.online === true);
    for (const end of ends) end();
  });
});

describe("a room", () => {
  test("is renamed for everybody, and muted for oneself", async () => {
    const { alice, bob, roomId } = await aliceAndBob();
    await alice.client.rename(roomId, "새 이름");
    await until(bob.client.rooms, ({ rooms }) => rooms[0]?.title === "새 이름");
    await bob.client.setMuted(roomId, true);
    expect(bob.client.rooms.current.rooms[0]).toMatchObject({ muted: true });
    expect(alice.client.rooms.current.rooms[0]).toMatchObject({ muted: false });
    const device = await secondDevice(bob);
    await until(device.rooms, ({ rooms }) => rooms[0]?.muted === true);
  });
});

describe("an account", () => {
  test("shows its new profile at once, and to others", async () => {
    const { alice, bob } = await aliceAndBob();
    const me = await alice.client.updateProfile({ name: "Alicia", bio: "hello" });
    expect(me).toMatchObject({ name: "Alicia", bio: "hello" });
    expect(alice.client.session.current).toMatchObject({ me });
    expect(alice.client.user(alice.userId).current).toMatchObject({ name: "Alicia" });
    const seen = bob.client.user(alice.userId);
    expect(await until(seen, (user) => user !== null)).toMatchObject({ name: "Alicia" });
    await expect(alice.client.updateProfile({ nickname: "x" })).rejects.toMatchObject({
      code: "bad_request",
      errors: [{ path: "nickname" }],
    });
  });

  test("takes a picture", async () => {
    const alice = await person();
    const pixel =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const bytes = Uint8Array.from(atob(pixel), (character) => character.charCodeAt(0));
    const { avatarUrl } = await alice.client.uploadAvatar(new Blob([bytes], { type: "image/png" }));
    expect(avatarUrl).toMatch(/\S/);
    const shown = await fetch(new URL(avatarUrl ?? "", cluster.url));
    expect(shown.status).toBe(200);
    await expect(alice.client.uploadAvatar(new Uint8Array(9), "image/png")).rejects.toMatchObject({
      code: "bad_request",
    });
  });

  test("lists its sessions, and ends others", async () => {
    const alice = await person();
    const device = await secondDevice(alice);
    const sessions = await alice.client.sessions();
    expect(sessions.map(({ current }) => current).sort()).toEqual([false, true]);
    const other = sessions.find(({ current }) => !current);
    await alice.client.endSession(other?.id ?? "");
    await until(device.session, ({ state }) => state === "signed-out");
    expect(device.session.current).toMatchObject({ reason: "revoked" });
    const third = await secondDevice(alice);
    await alice.client.endOtherSessions();
    await until(third.session, ({ state }) => state === "signed-out");
    expect(await alice.client.sessions()).toHaveLength(1);
  });

  test("changes its password, which ends its other sessions and not this one", async () => {
    const alice = await person();
    const device = await secondDevice(alice);
    const newPassword = "another horse 2!";
    const wrong = alice.client.changePassword({ currentPassword: "wrong 1!", newPassword });
    await expect(wrong).rejects.toMatchObject({
      code: "bad_request",
      errors: [{ path: "currentPassword" }],
    });
    await alice.client.changePassword({ currentPassword: PASSWORD, newPassword });
    await until(device.session, ({ state }) => state === "signed-out");
    expect(alice.client.session.current.state).toBe("signed-in");
    await secondDevice(alice, newPassword);
  });

  test("deleted, is signed out here and elsewhere, and what it wrote stays without a name", async () => {
    const { alice, bob, hers, his } = await aliceAndBob();
    const device = await secondDevice(alice);
    await say(hers, "I was here");
    await shows(his, "I was here");
    await expect(alice.client.deleteAccount("wrong 1!")).rejects.toMatchObject({
      retryable: false,
    });
    await alice.client.deleteAccount(PASSWORD);
    expect(alice.client.session.current).toEqual({ state: "signed-out", reason: "signed-out" });
    await until(device.session, ({ state }) => state === "signed-out");
    const known = bob.client.user(alice.userId);
    const left = await until(known, (user) => user !== null);
    expect(left).toMatchObject({ nickname: "", name: "", deleted: true });
    expect(textsOf(his.timeline.current)).toEqual(["I was here"]);
  });

  test("a forgotten password is asked for without telling whether there is such an account", async () => {
    const alice = await person();
    await alice.client.requestPasswordReset(alice.email);
    await alice.client.requestPasswordReset("nobody@example.org");
    const wrong = alice.client.resetPassword("no-such-token", "another horse 2!");
    await expect(wrong).rejects.toMatchObject({ name: "MoimError", retryable: false });
  });
});
