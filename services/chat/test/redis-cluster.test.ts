import { type RunningRedisCluster, startRedisCluster } from "@moim/local";
import { slotOf } from "@moim/service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Follower } from "./support/follower.ts";
import { metric } from "./support/metric.ts";
import { at, startWorld, type World } from "./support/nodes.ts";
import { BUSY_MS } from "./support/patience.ts";
import { FLOOD_INTERVAL_MS, flood } from "./support/sends.ts";

let redis: RunningRedisCluster;
let world: World;
/** Short where one is to die, so that nobody need wait; elsewhere a busy machine is not to kill one. */
const DEAD_AFTER_MS = 1_000;
const start = (options: Parameters<typeof startRedisCluster>[0]) => async () => {
  redis = await startRedisCluster(options);
  world = await startWorld({ nodes: 2, redisUrl: redis.url });
};
const stop = async () => {
  await world.close();
  await redis.stop();
};

/** So long what is said is given to arrive; where it does not, the next one may. */
const LOOKS_MAX = 100;
const LOOK_MS = 20;

type Room = { roomId: string; followers: Follower[]; lastRev: number };

/** The sharded adapter's channel of a room: where its members on other nodes are reached. */
function channelOf(roomId: string): string {
  return `moim#/#room:${roomId}#`;
}

/** Which master owns the slot in the beginning. */
function masterOf(slot: number): number {
  return Math.floor((slot * 3) / 16_384);
}

function isOfFirst({ roomId }: Room): boolean {
  return masterOf(slotOf(channelOf(roomId))) === 0;
}

/** Rooms of two on two nodes, two rooms or more on each of the three masters. */
async function roomsOnAllMasters(): Promise<Room[]> {
  const rooms: Room[] = [];
  const counts = [0, 0, 0];
  while (Math.min(...counts) < 2) {
    const { roomId, clients } = await world.group(2);
    const master = masterOf(slotOf(channelOf(roomId)));
    counts[master] = at(counts, master) + 1;
    const followers = clients.map((client) => new Follower(client, roomId));
    rooms.push({ roomId, followers, lastRev: 1 });
  }
  return rooms;
}

/** Sends from both sides of every room in turn until `done`; throws for any other answer than the stored message. */
async function traffic(rooms: readonly Room[], done: Promise<unknown>): Promise<number> {
  let isDone = false;
  const ending = done.finally(() => {
    isDone = true;
  });
  let sent = 0;
  for (; !isDone; sent++) {
    await Promise.all(
      rooms.map(async (room) => {
        const { client } = at(room.followers, sent % room.followers.length);
        room.lastRev = (await client.sendOnce(room.roomId, `n${sent}`)).rev;
      }),
    );
    // Below the rate that one user may keep up.
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await ending;
  return sent;
}

/** The revs that members lack, over all rooms. */
function lacking(rooms: readonly Room[]): number[] {
  return rooms.flatMap(({ followers, lastRev }) =>
    followers.flatMap((one) => one.missing(lastRev)),
  );
}

/** What is said now arrives on the other node, by nothing but its announcement: these clients fetch nothing. */
async function expectLive({ roomId, followers }: Room): Promise<void> {
  const [one, other] = [at(followers, 0).client, at(followers, 1).client];
  const isLive = async () => {
    const { rev } = await one.send(roomId, "live?");
    const heard = () => other.changes(roomId).some((change) => change.rev === rev);
    for (let look = 0; look < LOOKS_MAX && !heard(); look++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return heard();
  };
  await expect.poll(isLive).toBe(true);
}

async function expectReady(): Promise<void> {
  // A node looks every 2 s whether it hears itself.
  for (const { url } of world.nodes) {
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
  }
}

/** What one node did not get told, and changes of membership that another did not confirm in time. */
async function unsaid(): Promise<number> {
  let count = 0;
  for (const { logs, url } of world.nodes) {
    count += logs.filter((line) => line.includes("not every node confirmed")).length;
    count += await metric(url, "moim_publish_failures_total");
  }
  return count;
}

describe("on a Redis Cluster of three masters", () => {
  beforeAll(start({}));
  afterAll(stop);

  it("all that nodes tell each other arrives: messages, memberships, ended sessions, presence, rates", async () => {
    const rooms = await roomsOnAllMasters();
    for (const room of rooms) await expectLive(room);
    await expectReady();

    const { roomId, users, clients } = await world.group(2);
    const guest = world.issuer.newUser();
    const guestClient = await world.connect(guest, 1);
    await at(clients, 0).get("room:invite", { roomId, userIds: [guest.userId] });
    const said = await at(clients, 0).send(roomId, "welcome");
    expect(await guestClient.change(roomId, said.rev)).toEqual(said);
    await at(clients, 0).get("room:remove", { roomId, userId: guest.userId });
    const later = await at(clients, 0).send(roomId, "without you");
    await at(clients, 1).change(roomId, later.rev);
    expect(guestClient.changes(roomId).map(({ rev }) => rev)).not.toContain(later.rev);

    const isOnline = async () => {
      const userIds = [at(users, 0).userId];
      return (await at(clients, 1).get("presence:watch", { userIds })).users[0]?.online;
    };
    await expect.poll(isOnline).toBe(true);

    // Told by Redis alone: there is nothing to be found in the database.
    await world.announceRevocation(at(users, 1));
    expect((await at(clients, 1).next("session:closed")).code).toBe("session_revoked");

    // One bucket for both nodes: each alone would grant a burst.
    const excess = async () => {
      const group = await world.group(2);
      const devices = [at(group.clients, 0), await world.connect(at(group.users, 0), 1)];
      const { roomId } = group;
      return (await flood(devices, { roomId, each: 40, nodes: world.nodes.length })).excess;
    };
    await expect.poll(excess, { interval: FLOOD_INTERVAL_MS }).toBeLessThanOrEqual(0);
    // Each node says and confirms within a second: where a busy machine takes longer, once more.
    const comeAndGo = async () => {
      const before = await unsaid();
      await at(clients, 0).insist("room:invite", { roomId, userIds: [guest.userId] });
      await at(clients, 0).insist("room:remove", { roomId, userId: guest.userId });
      return (await unsaid()) - before;
    };
    await expect.poll(comeAndGo).toBe(0);
  });

  it("slots that move under traffic take their subscriptions along: nothing is lost, and all is live after", async () => {
    const rooms = await roomsOnAllMasters();
    const [first, second, third] = redis.masters;
    if (!first || !second || !third) throw new Error("three masters");
    const slots = rooms.map(({ roomId }) => slotOf(channelOf(roomId)));
    const ofFirst = [...new Set(slots.filter((slot) => masterOf(slot) === 0))];
    const move = async () => {
      await redis.moveSlots(first, second, ofFirst);
      await redis.moveSlots(second, third, ofFirst.slice(0, 1));
      await redis.reshard(first, third, 500);
    };
    expect(await traffic(rooms, move())).toBeGreaterThan(3);
    await expect.poll(() => lacking(rooms), { timeout: 5_000 + BUSY_MS }).toEqual([]);
    for (const room of rooms) await expectLive(room);
    await expectReady();
    // A slot that moves is no outage of Redis: nobody has to fetch everything anew.
    const clients = rooms.flatMap(({ followers }) => followers.map(({ client }) => client));
    expect(clients.flatMap((client) => client.all("resync"))).toEqual([]);
  });
});

/** Of connections for commands, host and port are told. */
function tellsOfDeadSubscription(line: string): boolean {
  return line.includes("a node of the Redis Cluster does not answer") && !line.includes('"port"');
}

describe("on a Redis Cluster without replicas", () => {
  beforeAll(start({ deadAfterMs: DEAD_AFTER_MS }));
  afterAll(stop);

  it("a master that dies without a replica takes its third of live delivery with it and nothing else, until it is back", async () => {
    const rooms = await roomsOnAllMasters();
    const [victim] = redis.masters;
    if (!victim) throw new Error("a master");
    process.kill(victim.server.pid, "SIGSTOP");
    try {
      const [, witness] = redis.masters;
      if (!witness) throw new Error("a second master");
      const isHeldForDead = async () => {
        const lines = (await redis.command(witness, "CLUSTER", "NODES")).split("\n");
        return lines.some((line) => line.startsWith(victim.id) && / master,fail /.test(line));
      };
      await expect.poll(isHeldForDead, { interval: 100 }).toBe(true);
      for (const room of rooms) if (!isOfFirst(room)) await expectLive(room);
      // Stopped for less than it takes to notice, it goes on as if nothing had been.
      const noticed = () => world.nodes.every(({ logs }) => logs.some(tellsOfDeadSubscription));
      await traffic(rooms, expect.poll(noticed).toBe(true));
      await expect.poll(() => lacking(rooms), { timeout: 5_000 + BUSY_MS }).toEqual([]);
      await expectReady();
    } finally {
      process.kill(victim.server.pid, "SIGCONT");
    }
    await expect
      .poll(() => at(rooms.filter(isOfFirst), 0).followers[0]?.client.all("resync"), {
        timeout: 10_000 + BUSY_MS,
      })
      .not.toEqual([]);
    for (const room of rooms) await expectLive(room);
  });
});

describe("on a Redis Cluster with replicas", () => {
  beforeAll(start({ replicas: 3, deadAfterMs: DEAD_AFTER_MS }));
  afterAll(stop);

  it("a master that is killed under traffic is followed to its replica: nothing is lost, and all is live after", async () => {
    const rooms = await roomsOnAllMasters();
    const [victim] = redis.masters;
    const [heir] = redis.replicas;
    if (!victim || !heir) throw new Error("a master and its replica");
    const promoted = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      process.kill(victim.server.pid, "SIGKILL");
      await expect.poll(() => redis.command(heir, "ROLE"), { interval: 100 }).toMatch(/^master/);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    };
    await traffic(rooms, promoted());
    await expect.poll(() => lacking(rooms), { timeout: 5_000 + BUSY_MS }).toEqual([]);
    await expect
      .poll(() => at(at(rooms, 0).followers, 0).client.all("resync").length, {
        timeout: 5_000 + BUSY_MS,
      })
      .toBeGreaterThan(0);
    for (const room of rooms) await expectLive(room);
    await expectReady();
  });
});
