import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:net";
import { buildService } from "@moim/local";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ChatProcess } from "./support/chat-process.ts";
import { TestClient } from "./support/client.ts";
import { startDatabaseProxy } from "./support/database-proxy.ts";
import { startWorld, type World } from "./support/nodes.ts";
import { BUSY_MS } from "./support/patience.ts";
import { RawSocket } from "./support/raw-socket.ts";

let world: World;
const processes: ChatProcess[] = [];
beforeAll(async () => {
  await buildService("chat");
  world = await startWorld({ nodes: 0 });
});
afterEach(() => {
  for (const started of processes.splice(0)) started.end();
});
afterAll(() => world.close());

function start(environment: Record<string, string | undefined> = {}): ChatProcess {
  const started = new ChatProcess({
    DATABASE_URL: world.databaseUrl,
    AUTH_URL: world.issuer.url,
    PORT: "0",
    DRAIN_MS: "500",
    ...environment,
  });
  processes.push(started);
  return started;
}

async function connect(url: string): Promise<TestClient> {
  const token = await world.issuer.token(world.issuer.newUser());
  return new TestClient(url, token).ready();
}

/** A socket that takes no part in anything any more, its closing included. */
async function connectFrozen(url: string): Promise<RawSocket> {
  const raw = await RawSocket.ready(url, await world.issuer.token(world.issuer.newUser()));
  raw.webSocket.pause();
  return raw;
}

describe("a node that is told to leave", () => {
  it("sends its sockets away and exits 0 within its drain window and 5 s", async () => {
    const node = start({ DRAIN_MS: "1000" });
    const url = await node.ready();
    const clients = await Promise.all(Array.from({ length: 4 }, () => connect(url)));
    const startedAt = Date.now();
    node.signal("SIGTERM");
    for (const client of clients) {
      expect(await client.next("session:closed")).toEqual({ code: "draining", reconnect: true });
      expect(client.all("server:draining")).toHaveLength(1);
    }
    expect(await node.exited()).toBe(0);
    expect(Date.now() - startedAt).toBeGreaterThan(700);
    expect(Date.now() - startedAt).toBeLessThan(6_000 + BUSY_MS);
    expect(node.stdout).toContain("chat node has left");
  });

  it("is not held up by whoever reads nothing, never spoke, or keeps asking", async () => {
    const node = start();
    const url = await node.ready();
    const frozen = await connectFrozen(url);
    const silent = await RawSocket.open(url);
    silent.webSocket.pause();
    const asking = await connect(url);
    let isAsking = true;
    const ask = async () => {
      while (isAsking) {
        await asking.socket
          .timeout(1_000)
          .emitWithAck("room:list", {})
          .catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const asked = Promise.all([ask(), ask(), ask()]);
    const startedAt = Date.now();
    node.signal("SIGTERM");
    expect(await node.exited()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(5_500 + BUSY_MS);
    isAsking = false;
    asking.close();
    frozen.end();
    silent.end();
    await asked;
  });

  it("answers what it accepted, even from a database that answers late", async () => {
    const node = start();
    const url = await node.ready();
    const [owner, other] = [world.issuer.newUser(), world.issuer.newUser()];
    const client = await new TestClient(url, await world.issuer.token(owner)).ready();
    const { room } = await client.get("room:create", {
      kind: "group",
      clientId: randomUUID(),
      userIds: [other.userId],
    });
    const blocker = await world.pool.connect();
    await blocker.query("BEGIN");
    await blocker.query("SELECT 1 FROM chat.rooms WHERE id = $1 FOR UPDATE", [room.id]);
    const accepted = client.send(room.id, "last words");
    // Answered by a node that has it behind the send: the send has been accepted.
    await client.get("room:list", {});
    node.signal("SIGTERM");
    await client.next("server:draining");
    await new Promise((resolve) => setTimeout(resolve, 700));
    await blocker.query("ROLLBACK");
    blocker.release();
    expect((await accepted).text).toBe("last words");
    expect(await node.exited()).toBe(0);
  });

  it("is not held up by a database that answers no more, and says so to whom it owes an answer", async () => {
    const proxy = await startDatabaseProxy(world.databaseUrl);
    const node = start({ DATABASE_URL: proxy.url });
    const url = await node.ready();
    const user = world.issuer.newUser();
    const client = await new TestClient(url, await world.issuer.token(user)).ready();
    const { room } = await client.get("room:create", {
      kind: "group",
      clientId: randomUUID(),
      userIds: [],
    });
    proxy.setFrozen(true);
    const owed = [1, 2, 3].map((index) =>
      client.ask("message:send", { roomId: room.id, clientId: randomUUID(), text: `n${index}` }),
    );
    // Answered, without the database, by a node that has it behind the sends: they have been accepted.
    expect(await client.refused("no:such:event", {})).toBe("bad_request");
    const startedAt = Date.now();
    node.signal("SIGTERM");
    expect(await node.exited()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(5_500 + BUSY_MS);
    for (const answer of await Promise.all(owed)) {
      expect(answer).toMatchObject({ ok: false, error: { code: "unavailable" } });
    }
    await proxy.close();
  });

  it("a second time leaves at once", async () => {
    const node = start({ DRAIN_MS: "60000" });
    const url = await node.ready();
    const clients = await Promise.all([connect(url), connect(url)]);
    node.signal("SIGTERM");
    await Promise.all(clients.map((client) => client.next("server:draining")));
    const startedAt = Date.now();
    node.signal("SIGTERM");
    expect(await node.exited()).not.toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(BUSY_MS);
  });
});

describe("a node that cannot start", () => {
  let taken: Server;
  let port: number;
  beforeAll(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    port = (taken.address() as { port: number }).port;
  });
  afterAll(() => new Promise((resolve) => taken.close(resolve)));

  it.each<[string, () => Record<string, string | undefined>]>([
    ["PORT", () => ({ PORT: String(port) })],
    ["DATABASE_URL", () => ({ DATABASE_URL: undefined })],
    ["DRAIN_MS", () => ({ DRAIN_MS: "10s" })],
  ])("says in one line that %s is the reason", async (name, environment) => {
    const node = start(environment());
    expect(await node.exited()).toBe(1);
    expect(node.stderr.trim().split("\n")).toHaveLength(1);
    expect(node.stderr).toContain(name);
  });
});
