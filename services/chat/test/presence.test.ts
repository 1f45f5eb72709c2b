import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type RunningRedis, startRedis } from "@moim/local";
import type { Message } from "@moim/protocol";
import { createLogger } from "@moim/service";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { createChatServer } from "../src/server.ts";
import type { TestClient } from "./support/client.ts";
import type { TestUser } from "./support/issuer.ts";
import { at, startWorld, type World } from "./support/nodes.ts";
import { BUSY_MS } from "./support/patience.ts";
import { quickClock, SPEED } from "./support/quick-clock.ts";
import { type RealAbsences, startRealAbsences } from "./support/real-absences.ts";

const startsAt = Date.now();
const clock = quickClock(startsAt);

let redis: RunningRedis;
let world: World;
let processes: ChildProcess[];
/** Goes on beside the tests below. */
let inRealTime: RealAbsences;
beforeAll(() => {
  inRealTime = startRealAbsences();
});
afterAll(() => inRealTime.close());
beforeEach(async () => {
  processes = [];
  redis = await startRedis();
  world = await startWorld({ nodes: 0, now: clock.now });
});
afterEach(async () => {
  for (const process of processes) process.kill("SIGKILL");
  await world.close();
  await redis.stop();
});

function environment(redisUrl: string | undefined = redis.url) {
  return {
    DATABASE_URL: world.databaseUrl,
    AUTH_URL: world.issuer.url,
    PORT: "0",
    DRAIN_MS: "0",
    // In quick time a busy machine would use up the usual one.
    TOKEN_GRACE_MS: "120000",
    REDIS_URL: redisUrl,
  };
}

/** Adds nodes with quick time. */
async function addNodes(count: number, options: { redisUrl?: string | undefined } = {}) {
  const { redisUrl } = "redisUrl" in options ? options : redis.url ? { redisUrl: redis.url } : {};
  for (let index = 0; index < count; index++) {
    const config = readConfig({ ...environment(), REDIS_URL: redisUrl });
    const logger = createLogger({ service: "chat", node: config.NODE_ID }, "error", {
      write: (line) => void process.stderr.write(line),
    });
    const server = createChatServer(config, logger, clock);
    const port = await server.listen();
    world.nodes.push({ url: `http://127.0.0.1:${port}`, server, logs: [] });
  }
}

/** Adds one in a process of its own. */
async function addProcess(): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("support/quick-node.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script], {
    env: { ...process.env, ...environment(), CLOCK_STARTS_AT: String(startsAt) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  processes.push(child);
  const [port] = await once(child.stdout, "data");
  const server = { listen: async () => 0, close: async () => {} };
  world.nodes.push({ url: `http://127.0.0.1:${Number(port)}`, server, logs: [] });
  return child;
}

/** A group of two, the first at node 0, the second at the last node, and the first's first watch. */
async function watchedPair() {
  const { roomId, users, clients } = await world.group(2);
  const [watcher, other] = clients;
  const [watching, watched] = users;
  if (!watcher || !other || !watching || !watched) throw new Error("a group of two");
  await online(watcher, watched);
  return { roomId, watcher, other, watching, watched };
}

/** Resolves once a watch of the user says so; what one node knows reaches the others in a moment. */
async function online(watcher: TestClient, user: TestUser, isOnline = true) {
  const state = () =>
    watcher
      .insist("presence:watch", { userIds: [user.userId] })
      .then(({ users }) => at(users, 0).online);
  await expect.poll(state).toBe(isOnline);
  // How it came to know is of no interest: from here on every change counts.
  watcher.arrivals.length = 0;
}

/** In quick time a busy machine's database has a fifth of the time to answer: see `insist`. */
async function said(client: TestClient, roomId: string, text: string): Promise<Message> {
  const send = { roomId, clientId: randomUUID(), text };
  return (await client.insist("message:send", send)).message;
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms / SPEED));
}

/** In quick time. */
const SOON_MS = BUSY_MS * SPEED;
/** Timers count whole milliseconds. */
const EARLY_MS = 10 * SPEED;

/** Away for a moment. False where coming back took a busy machine longer than nobody is to notice. */
async function comesBack(client: TestClient, user: TestUser): Promise<boolean> {
  const goneAt = clock.now();
  client.close();
  await passed(2_000);
  await world.connect(user, 0);
  return clock.now() - goneAt < 10_000;
}

describe("a watch", () => {
  it("answers for those who share a room, on every node, and leaves out the others", async () => {
    await addNodes(2);
    const { users, clients } = await world.group(3);
    const watcher = at(clients, 0);
    const absent = world.issuer.newUser();
    const { room } = await watcher.insist("room:create", { kind: "direct", userId: absent.userId });
    await said(watcher, room.id, "hello");
    const stranger = world.issuer.newUser();
    await world.connect(stranger);
    await online(watcher, at(users, 1));
    await online(watcher, at(users, 2));
    const { users: answered } = await watcher.insist("presence:watch", {
      userIds: [at(users, 2), at(users, 1), absent, stranger, at(users, 1)].map((u) => u.userId),
    });
    const seen = { online: true, lastSeenAt: expect.any(Number) };
    expect(answered).toHaveLength(3);
    expect(answered).toEqual(
      expect.arrayContaining([
        { userId: at(users, 1).userId, ...seen },
        { userId: at(users, 2).userId, ...seen },
        { userId: absent.userId, online: false, lastSeenAt: null },
      ]),
    );
  });

  it("of more than 200, or of what are no ids, is refused", async () => {
    await addNodes(1);
    const client = await world.connect(world.issuer.newUser());
    const userIds = Array.from({ length: 201 }, () => world.issuer.newUser().userId);
    expect(await client.refused("presence:watch", { userIds })).toBe("bad_request");
    expect(await client.refused("presence:watch", { userIds: ["x"] })).toBe("bad_request");
    expect(await client.insist("presence:watch", { userIds: userIds.slice(1) })).toEqual({
      users: [],
    });
  });

  it("replaces the one before", async () => {
    await addNodes(2);
    const { users, clients } = await world.group(3);
    const [watcher, first, second] = clients;
    if (!watcher || !first || !second) throw new Error("a group of three");
    await online(watcher, at(users, 1));
    await online(watcher, at(users, 2));
    first.close();
    second.close();
    await watcher.next("presence:changed");
    expect(watcher.all("presence:changed").map(({ userId }) => userId)).toEqual([
      at(users, 2).userId,
    ]);
  });

  it("ends for whoever no longer shares a room", async () => {
    await addNodes(2);
    const { roomId, watcher, other, watched } = await watchedPair();
    await other.insist("room:leave", { roomId });
    other.close();
    await passed(15_000);
    expect(watcher.all("presence:changed")).toEqual([]);
    const { users } = await watcher.insist("presence:watch", { userIds: [watched.userId] });
    expect(users).toEqual([]);
  });

  it("takes a direct room that one of the two has left for none, on both sides", async () => {
    await addNodes(1);
    const [one, two] = [world.issuer.newUser(), world.issuer.newUser()];
    const [oneClient, twoClient] = [await world.connect(one), await world.connect(two)];
    const { room } = await oneClient.insist("room:create", { kind: "direct", userId: two.userId });
    // Making a room tells the other nothing, and opens nothing either.
    const { users } = await oneClient.insist("presence:watch", { userIds: [two.userId] });
    expect(users).toEqual([]);
    await oneClient.insist("room:typing", { roomId: room.id, typing: true });
    await said(oneClient, room.id, "hello");
    await twoClient.change(room.id, 1);
    expect(twoClient.all("room:typing")).toEqual([]);
    await online(oneClient, two);
    await twoClient.insist("room:leave", { roomId: room.id });
    const watches = [
      oneClient.insist("presence:watch", { userIds: [two.userId] }),
      twoClient.insist("presence:watch", { userIds: [one.userId] }),
    ];
    expect(await Promise.all(watches)).toEqual([{ users: [] }, { users: [] }]);
    await said(oneClient, room.id, "back again");
    await online(oneClient, two);
    await online(twoClient, one);
  });
});

describe("a disconnect", () => {
  it("counts after 10 s, and tells since when", async () => {
    await addNodes(2);
    const { watcher, other, watched } = await watchedPair();
    const goneAt = clock.now();
    other.close();
    const change = await watcher.next("presence:changed");
    const heardAt = clock.now();
    const waitedMs = heardAt - goneAt;
    expect(waitedMs).toBeGreaterThan(10_000);
    expect(waitedMs).toBeLessThan(10_000 + SOON_MS);
    expect(change).toMatchObject({ userId: watched.userId, online: false });
    expect(change.lastSeenAt).toBeGreaterThanOrEqual(goneAt);
    // When the socket closed, not when that began to count.
    expect(change.lastSeenAt).toBeLessThan(heardAt - 10_000 + EARLY_MS);
    const { users } = await watcher.insist("presence:watch", { userIds: [watched.userId] });
    expect(users).toEqual([change]);
    await world.connect(watched, 0);
    const back = await watcher.next("presence:changed", (state) => state.online);
    expect(back.userId).toBe(watched.userId);
  });

  it("made good within 10 s, on another node, never happened", async () => {
    await addNodes(2);
    let pair = await watchedPair();
    while (!(await comesBack(pair.other, pair.watched))) pair = await watchedPair();
    const { watcher } = pair;
    await passed(15_000);
    expect(watcher.all("presence:changed")).toEqual([]);
  });

  it("of one device of two changes nothing", async () => {
    await addNodes(2);
    const { watcher, other, watched } = await watchedPair();
    const phone = await world.connect(watched, 0);
    other.close();
    await passed(15_000);
    expect(watcher.all("presence:changed")).toEqual([]);
    phone.close();
    expect(await watcher.next("presence:changed")).toMatchObject({ online: false });
  });
});

describe("a watcher whose token has run out", () => {
  it("is told nothing, and what it missed after the renewal", async () => {
    await addNodes(2);
    const { watcher, other, watching, watched, roomId } = await watchedPair();
    // 15 s of quick time; the watch below is the short-lived socket's own.
    const short = await world.connect(watching, 0, { lifetimeMs: 15_000 });
    await short.insist("presence:watch", { userIds: [watched.userId] });
    await short.next("token:expired");
    other.close();
    await watcher.next("presence:changed");
    await passed(3_000);
    expect(short.all("presence:changed")).toEqual([]);
    const token = await world.issuer.token(watching, { issuedAt: clock.now() });
    await short.get("token:renew", { token });
    expect(await short.next("presence:changed")).toMatchObject({ online: false });
    expect((await short.insist("room:get", { roomId })).room.id).toBe(roomId);
  });
});

describe("a node", () => {
  it("that is killed takes its users offline within 60 s", async () => {
    await addNodes(1);
    const victim = await addProcess();
    const { watcher, watched } = await watchedPair();
    const killedAt = clock.now();
    victim.kill("SIGKILL");
    await expect
      .poll(() => watcher.all("presence:changed").length, { timeout: 60_000 / SPEED + BUSY_MS })
      .toBeGreaterThan(0);
    const change = at(watcher.all("presence:changed"), 0);
    const waitedMs = clock.now() - killedAt;
    expect(waitedMs).toBeGreaterThan(10_000);
    expect(waitedMs).toBeLessThan(60_000 + SOON_MS);
    expect(change).toMatchObject({ userId: watched.userId, online: false });
    // Its last beat.
    expect(change.lastSeenAt).toBeGreaterThan(killedAt - 12_000 - SOON_MS);
    expect(change.lastSeenAt).toBeLessThanOrEqual(killedAt);
  });

  it("that leaves, its users coming back elsewhere, is not noticed", async () => {
    await addNodes(1);
    let watcher: TestClient;
    let leftAt: number;
    do {
      await addNodes(1);
      const pair = await watchedPair();
      watcher = pair.watcher;
      leftAt = clock.now();
      await at(world.nodes, 1).server.close();
      world.nodes.pop();
      await world.connect(pair.watched, 0);
      // Where a busy machine takes longer than nobody is to notice: once more.
    } while (clock.now() - leftAt >= 10_000);
    await passed(15_000);
    expect(watcher.all("presence:changed")).toEqual([]);
  });

  it("that leaves takes offline who does not come back, and writes down when that was", async () => {
    await addNodes(2);
    const { watcher, watched } = await watchedPair();
    const leftAt = clock.now();
    await at(world.nodes, 1).server.close();
    const closedAt = clock.now();
    world.nodes.pop();
    const change = await watcher.next("presence:changed");
    expect(change).toMatchObject({ userId: watched.userId, online: false });
    expect(change.lastSeenAt).toBeGreaterThanOrEqual(leftAt);
    expect(change.lastSeenAt).toBeLessThanOrEqual(closedAt);
  });

  it("without Redis knows its own users, and after a restart since when they are gone", async () => {
    await addNodes(1, { redisUrl: undefined });
    const { watcher, other, watching, watched } = await watchedPair();
    other.close();
    const change = await watcher.next("presence:changed");
    expect(change).toMatchObject({ userId: watched.userId, online: false });
    const restartedAt = clock.now();
    await at(world.nodes, 0).server.close();
    world.nodes.pop();
    await addNodes(1, { redisUrl: undefined });
    const again = await world.connect(watched);
    const { users } = await again.insist("presence:watch", {
      userIds: [watching.userId, watched.userId],
    });
    const watcherState = users.find(({ userId }) => userId === watching.userId);
    expect(watcherState).toMatchObject({ online: false });
    expect(watcherState?.lastSeenAt).toBeGreaterThanOrEqual(restartedAt);
    expect(watcherState?.lastSeenAt).toBeLessThan(clock.now());
    again.close();
    const reader = await world.connect(watching);
    await online(reader, watched, false);
    const later = await reader.insist("presence:watch", { userIds: [watched.userId] });
    expect(at(later.users, 0).lastSeenAt).toBeGreaterThan(change.lastSeenAt ?? 0);
  });
});

describe("while Redis is gone", () => {
  it("a node knows its own users, nothing fails, and all is known again when it returns", async () => {
    await addNodes(2);
    const { roomId, users, clients } = await world.group(4);
    const [watcher, remote, neighbour, remoteStays] = clients;
    if (!watcher || !remote || !neighbour || !remoteStays) throw new Error("a group of four");
    const userIds = users.slice(1).map(({ userId }) => userId);
    for (const user of users.slice(1)) await online(watcher, user);
    await watcher.insist("presence:watch", { userIds });
    await redis.stop();
    neighbour.close();
    remote.close();
    expect(await watcher.next("presence:changed")).toMatchObject({
      userId: at(users, 2).userId,
      online: false,
    });
    // Long enough for each node to take the other for dead.
    await expect
      .poll(() => watcher.all("presence:changed").map(({ userId }) => userId), {
        timeout: 60_000 / SPEED + BUSY_MS,
      })
      .toContain(at(users, 3).userId);
    const { users: alone } = await watcher.insist("presence:watch", { userIds });
    expect(alone.map((state) => state.online)).toEqual([false, false, false]);
    expect((await said(watcher, roomId, "still here")).text).toBe("still here");

    redis = await startRedis({ port: Number(new URL(redis.url).port) });
    const back = await watcher.next("presence:changed", (state) => state.online);
    expect(back.userId).toBe(at(users, 3).userId);
    const { users: healed } = await watcher.insist("presence:watch", { userIds });
    expect(healed.filter((state) => state.online).map(({ userId }) => userId)).toEqual([
      at(users, 3).userId,
    ]);
  });
});

describe("in real time, at default settings", () => {
  it("a closed socket counts after 10 s, and a killed node's users are offline within 60 s", async () => {
    const { closed, killed } = await inRealTime.waitedMs;
    expect(closed).toBeGreaterThanOrEqual(10_000);
    expect(closed).toBeLessThan(10_000 + BUSY_MS);
    // Not before it could have come back, either.
    expect(killed).toBeGreaterThan(15_000);
    expect(killed).toBeLessThan(60_000 + BUSY_MS);
  });
});
