import { type Cluster, startCluster, TcpProxy } from "@moim/local";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  createMoimClient,
  type MoimClient,
  type MoimClientOptions,
  memoryStorage,
  type OpenRoom,
} from "../src/index.ts";
import { newPerson, PASSWORD, type Person, pendingOf, textsOf, until } from "./support/people.ts";

/*
 * What went wrong in Molly, the messenger before this one, as far as it concerns delivery, the client and
 * its session: one test each. What concerned its server alone (authorisation, tokens, forged notices,
 * broadcasts, statements per message) is tested with the services.
 */

const TOKEN_LIVES_MS = 4_000;

let cluster: Cluster;
let proxy: TcpProxy;
const clients: MoimClient[] = [];
beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    connectionsPerSecond: 1_000,
    connectionsBurst: 1_000,
    environment: { ACCESS_TOKEN_TTL_SECONDS: String(TOKEN_LIVES_MS / 1_000) },
  });
  proxy = await TcpProxy.start(cluster.url);
}, 180_000);
afterAll(async () => {
  await proxy?.stop();
  await cluster?.stop();
});
afterEach(async () => {
  proxy.network = "well";
  for (const client of clients.splice(0)) await client.stop();
});

async function person(url = cluster.url, options: MoimClientOptions = {}): Promise<Person> {
  const somebody = await newPerson(url, options);
  clients.push(somebody.client);
  return somebody;
}

async function signedIn(url: string, email: string, options: MoimClientOptions = {}) {
  const client = createMoimClient({ baseUrl: url, tokenTransport: "body", ...options });
  clients.push(client);
  await client.start();
  await client.signIn({ email, password: PASSWORD });
  return client;
}

/** Alice's network is in the test's hands, Bob's is well. */
async function aliceAndBob(options: MoimClientOptions = {}) {
  const [alice, bob] = await Promise.all([person(proxy.url, options), person()]);
  const roomId = await alice.client.createDirect(bob.userId);
  const hers = alice.client.openRoom(roomId);
  const his = bob.client.openRoom(roomId);
  for (const { timeline } of [hers, his]) await until(timeline, ({ state }) => state === "ready");
  return { alice, bob, roomId, hers, his };
}

const shows = (room: OpenRoom, ...texts: string[]) =>
  until(
    room.timeline,
    (view) =>
      pendingOf(view).length === 0 && JSON.stringify(textsOf(view)) === JSON.stringify(texts),
  );
const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const lastOf = (room: OpenRoom) => room.timeline.current.items.at(-1);

describe("rooms", () => {
  test("two simultaneous 1:1 creations made two rooms", async () => {
    const [alice, bob] = await Promise.all([person(), person()]);
    const ids = await Promise.all([
      ...[1, 2, 3].map(() => alice.client.createDirect(bob.userId)),
      ...[1, 2, 3].map(() => bob.client.createDirect(alice.userId)),
    ]);
    expect(new Set(ids).size).toBe(1);
  });

  test("leaving a 1:1 did nothing, and kept its unread count for ever", async () => {
    const { bob, roomId, hers, his } = await aliceAndBob();
    await hers.send("one");
    await until(bob.client.rooms, ({ unreadTotal }) => unreadTotal === 1);
    await bob.client.leave(roomId);
    expect(bob.client.rooms.current).toMatchObject({ rooms: [], unreadTotal: 0 });
    expect(his.timeline.current).toMatchObject({ state: "gone", items: [] });
    const device = await signedIn(cluster.url, bob.email);
    await until(device.rooms, ({ state }) => state === "ready");
    expect(device.rooms.current).toMatchObject({ rooms: [], unreadTotal: 0 });
    await hers.send("two");
    await until(bob.client.rooms, ({ unreadTotal }) => unreadTotal === 1);
    await shows(his, "two");
  });

  test("another user's unread count was told to all", async () => {
    const { alice, bob, hers, his } = await aliceAndBob();
    await hers.send("one");
    await until(bob.client.rooms, ({ unreadTotal }) => unreadTotal === 1);
    await his.send("two");
    // His own client may hear of it after hers.
    await until(bob.client.rooms, ({ unreadTotal }) => unreadTotal === 0);
    await until(alice.client.rooms, ({ unreadTotal }) => unreadTotal === 1);
    expect(bob.client.rooms.current.unreadTotal).toBe(0);
    hers.markRead(2);
    await until(alice.client.rooms, ({ unreadTotal }) => unreadTotal === 0);
    await hers.send("three");
    await until(bob.client.rooms, ({ unreadTotal }) => unreadTotal === 1);
    expect(alice.client.rooms.current.unreadTotal).toBe(0);
  });

  test("a new room showed the previous room's messages", async () => {
    const { alice, hers } = await aliceAndBob();
    await hers.send("for Bob");
    await shows(hers, "for Bob");
    const carol = await person();
    const seen = new Set<string>();
    const next = alice.client.openRoom(await alice.client.createDirect(carol.userId));
    next.timeline.subscribe((view) => {
      for (const text of [...textsOf(view), ...pendingOf(view)]) seen.add(text);
    });
    await until(next.timeline, ({ state }) => state === "ready");
    await hers.send("for Bob again");
    await next.send("for Carol");
    await shows(next, "for Carol");
    expect([...seen]).toEqual(["for Carol"]);
  });
});

describe("messages", () => {
  test("resending doubled messages", async () => {
    const { hers, his } = await aliceAndBob();
    proxy.network = "answers lost";
    await hers.send("once");
    await shows(his, "once");
    proxy.cut();
    proxy.network = "well";
    await shows(hers, "once");
    await hers.send("and on");
    await shows(his, "once", "and on");
  });

  test("failed sends vanished", async () => {
    const [alice, bob] = await Promise.all([person(), person()]);
    const roomId = await alice.client.createGroup({ userIds: [bob.userId] });
    const his = bob.client.openRoom(roomId);
    await until(his.timeline, ({ state }) => state === "ready");
    await alice.client.removeMember(roomId, bob.userId);
    const { clientId } = await his.send("am I still here?");
    await until(his.timeline, ({ items }) => {
      const last = items.at(-1);
      return last?.kind === "pending" && last.pending.delivery.state === "failed";
    });
    expect(lastOf(his)).toMatchObject({
      pending: { clientId, delivery: { code: "not_found", retryable: false } },
    });
    await his.discard(clientId);
    expect(his.timeline.current.items).toEqual([]);
  });

  test("after a reconnect nothing missed was fetched", async () => {
    const { alice, hers, his } = await aliceAndBob();
    proxy.network = "down";
    proxy.cut();
    await until(alice.client.connection, ({ state }) => state !== "ready");
    await his.send("missed");
    await shows(his, "missed");
    proxy.network = "well";
    alice.hints.tell("online");
    await shows(hers, "missed");
    await until(alice.client.rooms, ({ unreadTotal }) => unreadTotal === 1);
  });

  test("the order was by time stamp", async () => {
    const hourAhead = {
      now: () => Date.now() + 3_600_000,
      after(ms: number, run: () => void) {
        const timer = setTimeout(run, Math.min(ms, 2_147_483_647));
        return () => clearTimeout(timer);
      },
    };
    const { hers, his } = await aliceAndBob({ clock: hourAhead });
    for (const [room, text] of [
      ...([
        [hers, "one"],
        [his, "two"],
        [hers, "three"],
        [his, "four"],
      ] as const),
    ]) {
      await room.send(text);
      await until(room.timeline, (view) => textsOf(view).includes(text));
    }
    for (const room of [hers, his]) await shows(room, "one", "two", "three", "four");
  });

  test("empty and unbounded texts were accepted", async () => {
    const { hers, his } = await aliceAndBob();
    const codes: string[] = [];
    for (const text of [" \n", "x".repeat(4_001), "\0"]) {
      const { clientId } = await hers.send(text);
      const view = await until(hers.timeline, ({ items }) =>
        items.some(
          (item) =>
            item.key === clientId &&
            item.kind === "pending" &&
            item.pending.delivery.state === "failed",
        ),
      );
      const item = view.items.find(({ key }) => key === clientId);
      const delivery = item?.kind === "pending" ? item.pending.delivery : undefined;
      codes.push(delivery?.state === "failed" ? delivery.code : "");
    }
    expect(codes).toEqual(["bad_request", "too_large", "bad_request"]);
    await hers.send("x".repeat(4_000));
    await shows(his, "x".repeat(4_000));
  });

  test("text typed while offline was cleared and lost", async () => {
    const outboxStorage = memoryStorage();
    const { alice, roomId, hers, his } = await aliceAndBob({ outboxStorage });
    proxy.network = "down";
    proxy.cut();
    await until(alice.client.connection, ({ state }) => state !== "ready");
    await hers.send("typed offline");
    expect(pendingOf(hers.timeline.current)).toEqual(["typed offline"]);
    // The page is closed; later it is opened again.
    await alice.client.stop();
    proxy.network = "well";
    const again = await signedIn(proxy.url, alice.email, { outboxStorage });
    await shows(his, "typed offline");
    await shows(again.openRoom(roomId), "typed offline");
  });
});

describe("the connection and its token", () => {
  test("reconnects used the token of the first connection for ever", async () => {
    const { alice, hers, his } = await aliceAndBob();
    await passed(TOKEN_LIVES_MS + 500);
    proxy.cut();
    alice.hints.tell("online");
    await hers.send("still here");
    await shows(his, "still here");
    expect(alice.client.session.current.state).toBe("signed-in");
  });

  test("a close was not noticed, so it came back unsubscribed", async () => {
    const { hers, his } = await aliceAndBob();
    for (const text of ["one", "two", "three"]) {
      proxy.cut();
      await his.send(text);
    }
    await shows(hers, "one", "two", "three");
  });

  test("every incoming message tore down and rebuilt the subscription", async () => {
    const { alice, hers, his } = await aliceAndBob();
    const states = new Set<string>();
    const nodes = new Set<string>();
    alice.client.connection.subscribe((connection) => {
      states.add(connection.state);
      if (connection.state === "ready") nodes.add(connection.nodeId);
    });
    const texts = Array.from({ length: 25 }, (_, index) => `n${index}`);
    for (const text of texts) await his.send(text);
    await shows(hers, ...texts);
    // Where a busy machine renews the token too late, the grace is for it: the connection stays.
    states.delete("renewing");
    expect([[...states], nodes.size]).toEqual([["ready"], 1]);
  });

  test("several requests refreshed at once", async () => {
    const refreshes: string[] = [];
    const counting: typeof fetch = (input, init) => {
      if (String(input).endsWith("/refresh")) refreshes.push(String(input));
      return fetch(input, init);
    };
    const alice = await person(proxy.url, { fetch: counting });
    proxy.network = "down";
    proxy.cut();
    await passed(TOKEN_LIVES_MS + 500);
    proxy.network = "well";
    const before = refreshes.length;
    const startedAt = Date.now();
    await Promise.all(
      ["a", "b", "c", "d"].map((query) => alice.client.searchUsers(`nobody-${query}`)),
    );
    const attempts = refreshes.length - before;
    // None where the connection has renewed it already while it came back, and one more for each time that a busy
    // machine lets the new one run out, too.
    const lives = Math.floor((Date.now() - startedAt) / (TOKEN_LIVES_MS / 2));
    expect(attempts).toBeLessThanOrEqual(1 + lives);
  });

  test("pending messages would have leaked to the next user after sign-out", async () => {
    const outboxStorage = memoryStorage();
    const { alice, bob, hers, his } = await aliceAndBob({ outboxStorage });
    proxy.network = "down";
    proxy.cut();
    await until(alice.client.connection, ({ state }) => state !== "ready");
    await hers.send("Alice's secret");
    await alice.client.signOut();
    expect(hers.timeline.current.items).toEqual([]);
    proxy.network = "well";
    const mallory = await person();
    await mallory.client.stop();
    await alice.client.signIn({ email: mallory.email, password: PASSWORD });
    const roomId = await alice.client.createDirect(bob.userId);
    const room = alice.client.openRoom(roomId);
    await room.send("from Mallory");
    await shows(room, "from Mallory");
    await shows(his);
    expect(await outboxStorage.load(alice.userId)).toEqual([]);
  });
});
