import { randomUUID } from "node:crypto";
import { type RunningRedis, startRedis } from "@moim/local";
import type { Message, Room } from "@moim/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TestClient } from "./support/client.ts";
import { type DatabaseProxy, startDatabaseProxy } from "./support/database-proxy.ts";
import type { TestUser } from "./support/issuer.ts";
import { at, startWorld, type World } from "./support/nodes.ts";
import { BUSY_MS } from "./support/patience.ts";
import { type StallingProxy, startStallingProxy } from "./support/stalling-proxy.ts";

/*
 * What was committed before somebody joined is announced after they did. SLOW is a node whose word
 * comes late: that of a commit to itself, or its own to the other nodes.
 */
const SLOW = 0;

let redis: RunningRedis;
let world: World;
let database: DatabaseProxy;
let word: StallingProxy;
beforeAll(async () => {
  redis = await startRedis();
  word = await startStallingProxy(redis.url);
  world = await startWorld({ nodes: 0, redisUrl: redis.url });
  database = await startDatabaseProxy(world.databaseUrl);
  await world.addNode({ DATABASE_URL: database.url, REDIS_URL: word.url });
  await world.addNode();
  await world.addNode();
});
afterAll(async () => {
  await world.close();
  await database.close();
  await word.close();
  await redis.stop();
});

let roomId: string;
let users: TestUser[];
/** The member at each node; the first is the owner. */
let members: TestClient[];
let guest: TestUser;
/** The guest's device at each node. */
let devices: TestClient[];
beforeEach(async () => {
  ({ roomId, users, clients: members } = await world.group(3));
  guest = world.issuer.newUser();
  devices = await devicesOf(guest);
});

function devicesOf(user: TestUser): Promise<TestClient[]> {
  return Promise.all([0, 1, 2].map((node) => world.connect(user, node)));
}

/** Commits by way of the slow node, and lets `meanwhile` happen before that node learns of it. */
async function committedBefore<Result>(
  commit: () => Promise<Result>,
  meanwhile: () => Promise<unknown>,
): Promise<Result> {
  const held = database.holdNextCommitAnswer();
  const answer = commit();
  await held.committed;
  await meanwhile();
  held.release();
  return answer;
}

/**
 * Once its word is not held up any more. For that, a node connects anew whatever took nothing for a second, and
 * what it says before it is back is lost.
 */
async function heardAgain(): Promise<void> {
  const isHeard = async () => {
    await at(members, SLOW).send(roomId, "heard again");
    return textsOf(at(members, 1)).includes("heard again");
  };
  await expect.poll(isHeard, { interval: 200 }).toBe(true);
}

async function invite(user: TestUser, by = 1): Promise<void> {
  await at(members, by).get("room:invite", { roomId, userIds: [user.userId] });
}

/** One more message, which has reached all: whatever its node announced before it has arrived. */
async function afterwards(
  everybody: readonly TestClient[],
  { inRoom = roomId, by = SLOW } = {},
): Promise<Message> {
  const last = await at(members, by).send(inRoom, "afterwards");
  await Promise.all(everybody.map((client) => client.change(inRoom, last.rev)));
  return last;
}

const textsOf = (client: TestClient, inRoom = roomId) =>
  client.changes(inRoom).flatMap(({ text, kind }) => (kind === "text" ? text : []));

describe("what was committed just before an invitation, and is announced after it", () => {
  it.each([
    ["another node", 1],
    ["the same node", SLOW],
  ])("is a message: the invited see none of it, and all that follows (by %s)", async (_, by) => {
    const message = await committedBefore(
      () => at(members, SLOW).send(roomId, "before"),
      async () => {
        // Waits at the other nodes for the one that is missing, while the guest joins.
        if (by !== SLOW) await at(members, by).send(roomId, "before, and early");
        await invite(guest, by);
      },
    );
    for (const member of members) await member.change(roomId, message.rev);
    const { rev } = await afterwards([...members, ...devices]);
    for (const device of devices) {
      expect(textsOf(device)).toEqual(["afterwards"]);
      expect(device.changes(roomId).map((change) => change.rev)).toEqual([rev - 1, rev]);
      const { rooms } = await device.get("room:sync", { rooms: [{ roomId, rev: rev - 1 }] });
      expect(rooms).toMatchObject([{ rev, changes: [{ rev, text: "afterwards" }], reset: false }]);
    }
  });

  it.each([
    ["message:edit", { text: "edited" }],
    ["message:delete", {}],
    ["message:react", { emoji: "👍", on: true }],
  ] as const)("is a change of an old message: %s", async (event, what) => {
    const old = await at(members, SLOW).send(roomId, "old");
    await committedBefore(
      async () => at(members, SLOW).askAnything(event, { roomId, seq: old.seq, ...what }),
      () => invite(guest),
    );
    for (const member of members) await member.change(roomId, old.rev + 1);
    await afterwards([...members, ...devices]);
    for (const device of devices) expect(textsOf(device)).toEqual(["afterwards"]);
  });

  it("is a message that was sent again", async () => {
    const clientId = randomUUID();
    const first = await at(members, SLOW).send(roomId, "once", clientId);
    await Promise.all(members.map((member) => member.change(roomId, first.rev)));
    const again = await committedBefore(
      () => at(members, SLOW).send(roomId, "once", clientId),
      () => invite(guest),
    );
    expect(again).toEqual(first);
    await afterwards([...members, ...devices]);
    for (const member of members) expect(textsOf(member)).toEqual(["once", "once", "afterwards"]);
    for (const device of devices) expect(textsOf(device)).toEqual(["afterwards"]);
  });

  it("was said while a member was out of the room who is invited again", async () => {
    const returning = at(users, 2);
    const returningDevices = [at(members, 2), await world.connect(returning, SLOW)];
    const owner = await world.connect(at(users, 0), 1);
    await owner.get("room:remove", { roomId, userId: returning.userId });
    await committedBefore(
      () => at(members, SLOW).send(roomId, "meanwhile"),
      () => invite(returning),
    );
    await afterwards([at(members, 0), at(members, 1), ...returningDevices]);
    expect(textsOf(at(members, 1))).toEqual(["meanwhile", "afterwards"]);
    for (const device of returningDevices) expect(textsOf(device)).toEqual(["afterwards"]);
  });

  it("is hidden as well from a device that connects only then", async () => {
    let late: TestClient | undefined;
    await committedBefore(
      () => at(members, SLOW).send(roomId, "before"),
      async () => {
        await invite(guest);
        late = await world.connect(guest, 2);
      },
    );
    if (!late) throw new Error("not connected");
    await afterwards([...members, late]);
    expect(textsOf(late)).toEqual(["afterwards"]);
  });
});

it("who left a direct room, and is back by its next message, sees nothing from before leaving", async () => {
  const [speaker, leaver] = [at(users, SLOW), guest];
  const { room } = await at(members, SLOW).get("room:create", {
    kind: "direct",
    userId: leaver.userId,
  });
  const hello = await at(members, SLOW).send(room.id, "hello");
  await Promise.all(devices.map((device) => device.change(room.id, hello.rev)));
  const otherDevice = await world.connect(speaker, 1);
  await committedBefore(
    () => at(members, SLOW).send(room.id, "before leaving"),
    async () => {
      await at(devices, 2).get("room:leave", { roomId: room.id });
      await otherDevice.send(room.id, "are you there?");
    },
  );
  await afterwards([otherDevice, ...devices], { inRoom: room.id });
  expect(textsOf(otherDevice, room.id)).toContain("before leaving");
  for (const device of devices) {
    expect(textsOf(device, room.id)).toEqual(["hello", "are you there?", "afterwards"]);
  }
});

describe("when a node stood still, and its word to the others comes late", () => {
  afterEach(heardAgain);

  it("what it says from before an invitation is not shown to the invited", async () => {
    word.stall();
    const { rev } = await at(members, SLOW).send(roomId, "before");
    await invite(guest);
    word.resume();
    // Said on every node by now; the slow one may be connecting anew.
    await Promise.all(members.map((member) => member.change(roomId, rev)));
    await afterwards([...members, ...devices], { by: 1 });
    for (const device of devices) expect(textsOf(device)).toEqual(["afterwards"]);
  });

  it("nor to those whose invitation was lost, and found in the database", async () => {
    word.stall();
    const { seq, rev } = await at(members, SLOW).send(roomId, "before");
    await world.pool.query(
      `WITH joined AS (INSERT INTO chat.members (room_id, user_id, role, history_from_seq, joined_rev)
                       VALUES ($1, $2, 'member', $3, $4))
       INSERT INTO chat.membership_changes (user_id) VALUES ($2)`,
      [roomId, guest.userId, seq + 1, rev],
    );
    const elsewhere = [at(devices, 1), at(devices, 2)];
    await Promise.all(elsewhere.map((device) => device.next("room:added")));
    word.resume();
    await Promise.all(members.map((member) => member.change(roomId, rev)));
    // The slow node has lost Redis by now, for being silent.
    await afterwards([...members, ...elsewhere], { by: 1 });
    for (const device of elsewhere) expect(textsOf(device)).toEqual(["afterwards"]);
  });

  it("what others said right after its invitation is not missed by the invited", async () => {
    word.stall();
    const inviting = invite(guest, SLOW);
    await at(members, SLOW).next("room:changed", ({ room }) => room.memberCount === 4);
    const { rev } = await at(members, 1).send(roomId, "right after");
    await at(members, 2).change(roomId, rev);
    word.resume();
    await inviting;
    await at(devices, 2).next("room:added");
    const isTold = () => {
      const { arrivals } = at(devices, 2);
      const added = arrivals.findIndex(({ name }) => name === "room:added");
      return arrivals.slice(added).some(({ name, payload }) => {
        // Where its node has found the invitation by comparing, before the word of it came.
        if (name === "room:added") return (payload as { room: Room }).room.rev >= rev;
        if (name === "room:head") return (payload as { rev: number }).rev >= rev;
        return name === "room:changes" && JSON.stringify(payload).includes("right after");
      });
    };
    await expect.poll(isTold, { timeout: 5_000 + BUSY_MS }).toBe(true);
  });
});

describe("an invitation that is announced after the removal that followed it", () => {
  async function removeGuest(): Promise<void> {
    const owner = await world.connect(at(users, 0), 1);
    await owner.get("room:remove", { roomId, userId: guest.userId });
  }

  async function expectUnheard(): Promise<void> {
    await afterwards(members, { by: 1 });
    for (const device of devices) {
      await device.get("room:list", {});
      expect(textsOf(device)).toEqual([]);
    }
  }

  it("lets nobody in, and is not told, where its node learns late of its own commit", async () => {
    await committedBefore(() => invite(guest, SLOW), removeGuest);
    await expectUnheard();
    for (const device of devices) expect(device.all("room:added")).toEqual([]);
  });

  it("lets nobody in where its word comes late", async () => {
    word.stall();
    const inviting = invite(guest, SLOW);
    await at(members, SLOW).next("room:changed", ({ room }) => room.memberCount === 4);
    await removeGuest();
    word.resume();
    await inviting;
    await expectUnheard();
    await heardAgain();
  });

  it("lets nobody in where the removal is known by comparing alone", async () => {
    const device = at(devices, 1);
    word.stall();
    const inviting = invite(guest, SLOW);
    await device.next("room:added");
    const removing = at(members, SLOW).get("room:remove", { roomId, userId: guest.userId });
    await device.next("room:removed");
    const heard = device.arrivals.length;
    word.resume();
    await Promise.all([inviting, removing]);
    // Whatever waited has arrived before.
    await heardAgain();
    await device.get("room:list", {});
    const after = device.arrivals.slice(heard).map(({ name }) => name);
    const ofTheRoom = after.filter((name) => name.startsWith("room:"));
    expect(ofTheRoom.filter((name) => name !== "room:removed")).toEqual([]);
  });

  it("lets in, for good, whoever was invited once more: the late removal takes nobody out", async () => {
    await invite(guest, 1);
    await Promise.all(devices.map((device) => device.next("room:added")));
    const owner = at(members, SLOW);
    await committedBefore(
      () => owner.get("room:remove", { roomId, userId: guest.userId }),
      () => invite(guest, 2),
    );
    await afterwards([...members, ...devices], { by: 1 });
    for (const device of devices) expect(textsOf(device)).toEqual(["afterwards"]);
  });
});
