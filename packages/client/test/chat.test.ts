import { type Cluster, startCluster, TcpProxy } from "@moim/local";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { MoimClient, OpenRoom } from "../src/index.ts";
import { createMoimClient } from "../src/index.ts";
import { newPerson, PASSWORD, type Person, pendingOf, textsOf, until } from "./support/people.ts";

let cluster: Cluster;
let proxy: TcpProxy;
const people: MoimClient[] = [];

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    connectionsPerSecond: 1_000,
    connectionsBurst: 1_000,
    environment: { ACCESS_TOKEN_TTL_SECONDS: "5" },
  });
  proxy = await TcpProxy.start(cluster.url);
}, 180_000);
afterAll(async () => {
  await proxy?.stop();
  await cluster?.stop();
});
afterEach(async () => {
  proxy.network = "well";
  for (const client of people.splice(0)) await client.stop();
});

async function person(url = cluster.url): Promise<Person> {
  const somebody = await newPerson(url);
  people.push(somebody.client);
  return somebody;
}

/** Signed in once more. */
async function secondDevice({ email }: Person): Promise<MoimClient> {
  const client = createMoimClient({ baseUrl: cluster.url, tokenTransport: "body" });
  people.push(client);
  await client.start();
  await client.signIn({ email, password: PASSWORD });
  return client;
}

/** Alice, whose network is in the test's hands, and Bob, whose is well, in one room on both screens. */
async function aliceAndBob() {
  const [alice, bob] = await Promise.all([person(proxy.url), person()]);
  const roomId = await alice.client.createDirect(bob.userId);
  const hers = alice.client.openRoom(roomId);
  const his = bob.client.openRoom(roomId);
  await until(hers.timeline, ({ state }) => state === "ready");
  await until(his.timeline, ({ state }) => state === "ready");
  return { alice, bob, roomId, hers, his };
}

const shows = (room: OpenRoom, ...texts: string[]) =>
  until(
    room.timeline,
    (view) =>
      pendingOf(view).length === 0 && JSON.stringify(textsOf(view)) === JSON.stringify(texts),
  );

describe("two people", () => {
  test("chat across nodes, see each other's rooms and what is unread", async () => {
    const { alice, bob, roomId, hers, his } = await aliceAndBob();
    await hers.send("안녕");
    await shows(his, "안녕");
    const { rooms } = await until(bob.client.rooms, ({ unreadTotal }) => unreadTotal === 1);
    expect(rooms[0]).toMatchObject({ id: roomId, unread: 1, lastMessage: { text: "안녕" } });
    await his.send("  two lines\n👍🏽 ");
    await shows(hers, "안녕", "  two lines\n👍🏽 ");
    await until(bob.client.rooms, ({ unreadTotal }) => unreadTotal === 0);
    hers.markRead(2);
    await until(alice.client.rooms, ({ unreadTotal }) => unreadTotal === 0);
  });

  test("a pending message turns into the confirmed one in place", async () => {
    const { hers } = await aliceAndBob();
    const keys: string[][] = [];
    hers.timeline.subscribe(({ items }) =>
      keys.push(items.map(({ kind, key }) => `${kind} ${key}`)),
    );
    const { clientId } = await hers.send("one");
    await shows(hers, "one");
    const seen = [...new Set(keys.map((items) => items.join()))];
    expect(seen).toEqual(["", `pending ${clientId}`, `message ${clientId}`]);
  });

  test("history is paged in upwards, and stays complete while others write", async () => {
    const { bob, roomId, hers, his } = await aliceAndBob();
    const texts = Array.from({ length: 60 }, (_, index) => `n${index}`);
    for (const text of texts) await his.send(text);
    await shows(hers, ...texts);
    const elsewhere = await secondDevice(bob);
    const room = elsewhere.openRoom(roomId);
    await until(room.timeline, ({ state }) => state === "ready");
    expect(textsOf(room.timeline.current)).toEqual(texts.slice(-50));
    await Promise.all([room.loadOlder(), room.loadOlder(), hers.send("meanwhile")]);
    await shows(room, ...texts, "meanwhile");
    expect(room.timeline.current.hasOlder).toBe(false);
  });

  test("know each other by name, asked for once", async () => {
    const { alice, bob } = await aliceAndBob();
    const user = alice.client.user(bob.userId);
    expect(user.current).toBeNull();
    expect(await until(user, (value) => value !== null)).toMatchObject({ id: bob.userId });
    expect(alice.client.user(bob.userId)).toBe(user);
  });
});

describe("a group", () => {
  test("is made once, invites, and is left", async () => {
    const [alice, bob, carol] = await Promise.all([person(), person(), person()]);
    const roomId = await alice.client.createGroup({ title: "셋", userIds: [bob.userId] });
    await until(bob.client.rooms, ({ rooms }) => rooms.some(({ id }) => id === roomId));
    const hers = alice.client.openRoom(roomId);
    await hers.send("before Carol");
    await shows(hers, "before Carol");
    await alice.client.invite(roomId, [carol.userId]);
    await until(carol.client.rooms, ({ rooms }) => rooms.some(({ id }) => id === roomId));
    const carols = carol.client.openRoom(roomId);
    await hers.send("after Carol");
    await shows(carols, "after Carol");
    await carol.client.leave(roomId);
    expect(carols.timeline.current).toMatchObject({ state: "gone", items: [] });
    expect(carol.client.rooms.current.rooms).toEqual([]);
    await until(hers.timeline, ({ room }) => room?.memberCount === 2);
    await expect(carol.client.leave(roomId)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("faults on the way", () => {
  test("an answer lost after the commit: the message is there once, and shown as sent", async () => {
    const { hers, his } = await aliceAndBob();
    proxy.network = "answers lost";
    await hers.send("once");
    await shows(his, "once");
    expect(pendingOf(hers.timeline.current)).toEqual(["once"]);
    proxy.cut();
    proxy.network = "well";
    await shows(hers, "once");
    await his.send("done");
    await shows(hers, "once", "done");
    await shows(his, "once", "done");
  });

  test("cut in the middle of sending: nothing lost, nothing doubled, order kept", async () => {
    const { alice, hers, his } = await aliceAndBob();
    const texts = Array.from({ length: 40 }, (_, index) => `n${index}`);
    const cutting = setInterval(() => proxy.cut(), 350);
    try {
      for (const text of texts) {
        await hers.send(text);
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    } finally {
      clearInterval(cutting);
    }
    alice.hints.tell("online");
    await shows(his, ...texts);
    await shows(hers, ...texts);
  });

  test("a half-open connection is found out, and what was typed meanwhile arrives", async () => {
    const { alice, hers, his } = await aliceAndBob();
    proxy.network = "half-open";
    await hers.send("into the void");
    await hers.send("and again");
    await his.send("meanwhile");
    await shows(his, "meanwhile");
    alice.hints.tell("visible");
    await until(alice.client.connection, ({ state }) => state !== "ready");
    proxy.network = "well";
    await shows(his, "meanwhile", "into the void", "and again");
    await shows(hers, "meanwhile", "into the void", "and again");
  });

  test("offline for 225 messages by five people: everything missed is fetched, in one order", async () => {
    const alice = await person(proxy.url);
    const others = await Promise.all([person(), person(), person(), person(), person()]);
    const userIds = others.map(({ userId }) => userId);
    const roomId = await alice.client.createGroup({ userIds });
    const hers = alice.client.openRoom(roomId);
    const theirs = others.map(({ client }) => client.openRoom(roomId));
    await until(hers.timeline, ({ state }) => state === "ready");
    proxy.network = "down";
    proxy.cut();
    await until(alice.client.connection, ({ state }) => state === "waiting");
    await hers.send("typed offline");
    for (let count = 0; count < 45; count++) {
      await Promise.all(theirs.map((room, who) => room.send(`${who}.${count}`)));
    }
    const [his] = theirs;
    if (!his) throw new Error("nobody there");
    await until(his.timeline, (view) => textsOf(view).length === 225);
    proxy.network = "well";
    alice.hints.tell("online");
    await shows(hers, ...textsOf(his.timeline.current), "typed offline");
  });

  test("a node that is killed: the conversation goes on over the other", async () => {
    const { hers, his } = await aliceAndBob();
    const texts = Array.from({ length: 20 }, (_, index) => `n${index}`);
    for (const [index, text] of texts.entries()) {
      await hers.send(text);
      if (index === 8) await cluster.nodes[0]?.kill();
    }
    await shows(his, ...texts);
    await shows(hers, ...texts);
    const node = cluster.nodes[0];
    if (node) await cluster.restartNode(node);
  });
});

describe("the session", () => {
  test("a token that expires in mid-conversation is renewed without a reconnect", async () => {
    const { alice, hers, his } = await aliceAndBob();
    const states = new Set<string>();
    alice.client.connection.subscribe(({ state }) => states.add(state));
    const texts: string[] = [];
    for (let second = 0; second < 8; second++) {
      texts.push(`s${second}`);
      await hers.send(`s${second}`);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    await shows(his, ...texts);
    // Where a busy machine renews too late, the grace is for it: the connection stays.
    states.delete("renewing");
    expect([...states]).toEqual(["ready"]);
  });

  test("signing out ends the session on the server too", async () => {
    const { client, email } = await person();
    await client.signOut();
    expect(client.session.current).toEqual({ state: "signed-out", reason: "signed-out" });
    const me = await client.signIn({ email, password: PASSWORD });
    expect(me.email).toBe(email);
    await until(client.connection, ({ state }) => state === "ready");
  });

  test("a wrong password is one error, whoever it was for", async () => {
    const client = createMoimClient({ baseUrl: cluster.url, tokenTransport: "body" });
    await client.start();
    const wrong = client.signIn({ email: "nobody@example.org", password: "wrong 1!" });
    await expect(wrong).rejects.toMatchObject({ name: "MoimError", retryable: false });
    await client.stop();
  });

  test("offline for longer than the token lives: renewed first, then back", async () => {
    const { alice, hers, his } = await aliceAndBob();
    proxy.network = "down";
    proxy.cut();
    await hers.send("patience");
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    proxy.network = "well";
    alice.hints.tell("online");
    await shows(his, "patience");
    expect(alice.client.session.current.state).toBe("signed-in");
  });
});
