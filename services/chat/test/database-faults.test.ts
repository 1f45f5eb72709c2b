import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClient } from "./support/client.ts";
import { type DatabaseProxy, startDatabaseProxy } from "./support/database-proxy.ts";
import { Follower } from "./support/follower.ts";
import type { TestUser } from "./support/issuer.ts";
import { at, startWorld, type World } from "./support/nodes.ts";
import { BUSY_MS } from "./support/patience.ts";
import { talkAtOnce } from "./support/sends.ts";

let world: World;
let proxy: DatabaseProxy;
beforeAll(async () => {
  world = await startWorld({ nodes: 0 });
  proxy = await startDatabaseProxy(world.databaseUrl);
  await world.addNode({ DATABASE_URL: proxy.url });
  await world.addNode();
});
afterAll(async () => {
  await world.close();
  await proxy.close();
});

async function storedTimes(roomId: string, clientId: string): Promise<number> {
  const { rows } = await world.pool.query<{ times: number }>(
    "SELECT count(*)::int AS times FROM chat.messages WHERE room_id = $1 AND client_id = $2",
    [roomId, clientId],
  );
  return at(rows, 0).times;
}

describe("a commit whose outcome is unknown", () => {
  it("is answered unavailable; the repeat finds it stored, and the room learns of it", async () => {
    const { roomId, clients } = await world.group(2);
    const request = { roomId, clientId: randomUUID(), text: "committed, but unanswered" };
    proxy.loseNextCommitAnswer();
    const answer = await at(clients, 0).ask("message:send", request);
    expect(answer).toMatchObject({ ok: false, error: { code: "unavailable", retryable: true } });
    expect(await storedTimes(roomId, request.clientId)).toBe(1);
    const repeat = await at(clients, 0).insist("message:send", request);
    expect(repeat).toMatchObject({ duplicate: true, message: { seq: 2, text: request.text } });
    expect(await at(clients, 1).change(roomId, 2)).toEqual(repeat.message);
    expect(await storedTimes(roomId, request.clientId)).toBe(1);
  });
});

describe("a database that hangs", () => {
  it("makes every answer unavailable within 5 s, sockets stay, and all works when it is back", async () => {
    const { roomId, clients } = await world.group(2);
    const client = at(clients, 0);
    proxy.setFrozen(true);
    const startedAt = Date.now();
    const text = "patience";
    const sends = Array.from({ length: 5 }, () => ({ roomId, clientId: randomUUID(), text }));
    const answers = await Promise.all([
      ...sends.map((send) => client.ask("message:send", send)),
      client.ask("room:list", {}),
      client.ask("message:page", { roomId }),
      client.ask("room:sync", { rooms: [{ roomId, rev: 0 }] }),
      client.ask("room:leave", { roomId }),
    ]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ ok: false, error: { code: "unavailable", retryable: true } });
    }
    expect(Date.now() - startedAt).toBeLessThan(5_000 + BUSY_MS);
    expect((await fetch(`${at(world.nodes, 0).url}/readyz`)).status).toBe(503);
    expect((await fetch(`${at(world.nodes, 0).url}/livez`)).status).toBe(200);
    proxy.setFrozen(false);
    await expect.poll(() => client.refused("room:list", {})).toBe("nothing");
    // Connections of its own commit what is sent: they come back in their own time.
    for (const send of sends) {
      await client.insist("message:send", send);
      expect(await storedTimes(roomId, send.clientId)).toBe(1);
    }
    expect(client.socket.connected).toBe(true);
  });

  it("lets a socket in that connects meanwhile, and makes it ready when it is back", async () => {
    const user = world.issuer.newUser();
    proxy.setFrozen(true);
    const connecting = world.connect(user, 0);
    await expect(Promise.race([connecting, pause(1_500)])).resolves.toBe("pause");
    proxy.setFrozen(false);
    expect((await connecting).socket.connected).toBe(true);
  });
});

describe("a token that runs out while its socket waits for its rooms", () => {
  it("is renewed, and the socket made ready, once", async () => {
    const user = world.issuer.newUser();
    proxy.setFrozen(true);
    const client = await expiredBeforeReady(user);
    proxy.setFrozen(false);
    // Until the node has looked again, a second after its last try, and given the socket up.
    await pause(2_000);
    await client.get("token:renew", { token: await world.issuer.token(user) });
    await client.ready();
    await client.next("resync");
    expect(client.all("session:ready")).toHaveLength(1);
    client.close();
  });
});

/** Let in in time, but for a busy machine: then once more. */
async function expiredBeforeReady(user: TestUser): Promise<TestClient> {
  for (;;) {
    const token = await world.issuer.token(user, { lifetimeMs: 1_000 });
    const client = new TestClient(at(world.nodes, 0).url, token);
    if ((await client.outcome()) === "expired") return client;
    client.close();
  }
}

describe("thirty senders on three nodes", () => {
  it("number one room without gaps or deadlocks, each in its own order, and all see the same", async () => {
    await world.addNode();
    const { roomId, clients } = await world.group(30);
    const followers = clients.map((client) => new Follower(client, roomId));
    const others = await Promise.all([world.group(3), world.group(3)]);
    const [stored] = await Promise.all([
      talkAtOnce(clients, roomId, 10),
      // Commits of several rooms cross each other's locks.
      ...others.map((group) => talkAtOnce(group.clients, group.roomId, 1)),
    ]);
    expect(stored.length).toBeGreaterThan(clients.length);
    const { rows } = await world.pool.query<{ seq: number; rev: number; text: string | null }>(
      "SELECT seq::int, rev::int, text FROM chat.messages WHERE room_id = $1 ORDER BY seq",
      [roomId],
    );
    const numbers = rows.map((_, index) => index + 1);
    expect(rows.map((row) => row.seq)).toEqual(numbers);
    expect(rows.map((row) => row.rev)).toEqual(numbers);
    const texts = rows.flatMap(({ text }) => text ?? []);
    expect(texts).toEqual(expect.arrayContaining(stored));
    for (let who = 0; who < 30; who++) {
      const own = texts.filter((text) => text.startsWith(`${who} `));
      expect(own).toEqual([...new Set(own)].sort());
    }
    await Promise.all(followers.map((follower) => follower.expectAll(rows.length)));
    expect(await deadlocks()).toBe(0);
    for (const client of clients) {
      for (const { rev, text } of client.changes(roomId)) expect(text).toBe(at(rows, rev - 1).text);
    }
  });
});

/** A transaction that ended in one is answered like a database that is slow. */
async function deadlocks(): Promise<number> {
  const { rows } = await world.pool.query<{ deadlocks: number }>(
    "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()",
  );
  return at(rows, 0).deadlocks;
}

function pause(delayMs: number): Promise<"pause"> {
  return new Promise((resolve) => setTimeout(() => resolve("pause"), delayMs));
}
