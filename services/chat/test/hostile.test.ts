import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { LIMITS } from "@moim/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { TestClient } from "./support/client.ts";
import { metric } from "./support/metric.ts";
import { at, startWorld, type TestNode, urlOf, type World } from "./support/nodes.ts";
import { BUSY_MS } from "./support/patience.ts";

let world: World;
beforeAll(async () => {
  // What is logged at most says no more of secrets than what is logged at least.
  world = await startWorld({ environment: { LOG_LEVEL: "debug" } });
});
afterAll(() => world.close());

const MALFORMED: unknown[] = [
  undefined,
  null,
  0,
  "",
  "text",
  [],
  [[]],
  true,
  {},
  { roomId: null },
  { roomId: {}, clientId: [], text: {} },
  { roomId: "'; DROP TABLE chat.rooms; --" },
  JSON.parse('{"__proto__":{"roomId":"x"},"constructor":{"prototype":{}}}'),
  { limit: Number.MAX_SAFE_INTEGER },
  // Whoever compares this with a number throws.
  { roomId: { length: { toString: 1 } }, userIds: { length: { toString: 1 } }, kind: "group" },
  { limit: -1, cursor: "\u0000" },
  { rooms: Array.from({ length: 201 }, () => ({ roomId: randomUUID(), rev: 0 })) },
  { userIds: Array.from({ length: 101 }, () => randomUUID()), kind: "group" },
];

describe("whatever a client sends", () => {
  const events = [
    "message:send",
    "message:page",
    "room:create",
    "room:get",
    "room:invite",
    "room:leave",
    "room:read",
    "room:sync",
    "presence:watch",
    "token:renew",
  ];
  it.each(events)(
    "%s answers malformed requests with a code, and nothing else happens",
    async (event) => {
      const client = await world.connect(world.issuer.newUser());
      for (const request of MALFORMED) {
        const answer = await client.askAnything(event, request);
        if (answer.ok) expect([{ rooms: [] }, { users: [] }]).toContainEqual(answer.data);
        else expect(["bad_request", "too_large", "rate_limited"]).toContain(answer.error.code);
      }
      expect(client.socket.connected).toBe(true);
      expect(({} as Record<string, unknown>).roomId).toBeUndefined();
    },
  );

  it("an unknown event is answered, and one without a callback by event:rejected", async () => {
    const client = await world.connect(world.issuer.newUser());
    expect(await client.refused("no:such:event", {})).toBe("bad_request");
    expect(await client.refused("constructor", {})).toBe("bad_request");
    client.socket.emit("message:send", { text: 1 });
    expect(await client.next("event:rejected")).toMatchObject({
      event: "message:send",
      error: { code: "bad_request", retryable: false },
    });
    client.socket.emit("room:list", {}, "not a callback", 7);
    expect(await client.refused("room:list", {})).toBe("nothing");
  });

  it("over the rate it gets rate_limited with a time, never silence", async () => {
    const { roomId, clients } = await world.group(2);
    // So many that seconds, in which a busy machine lets more through, do not matter.
    const sends = Array.from({ length: 3 * LIMITS.sendsBurst }, (_, index) =>
      at(clients, 0).ask("message:send", { roomId, clientId: randomUUID(), text: `n${index}` }),
    );
    const answers = await Promise.all(sends);
    const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]));
    expect(refused.length).toBeGreaterThan(5);
    for (const error of refused) {
      expect(error).toMatchObject({ code: "rate_limited", retryable: true });
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
    // The neighbour has a bucket of their own.
    await at(clients, 1).send(roomId, "unharmed");
  });

  it("raw frames of any kind leave the node up and the neighbour unharmed", async () => {
    const { roomId, clients } = await world.group(2);
    const address = `${urlOf(world.nodes, 0).replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
    const token = await world.issuer.token(world.issuer.newUser());
    const frames = [
      "4",
      "42",
      "42{",
      "42[]",
      "42[null]",
      '42["message:send"]',
      '421["message:send",{}',
      '42999999999999999999["room:list",{}]',
      "451-",
      '451-["message:send",{"_placeholder":true,"num":0}]',
      "44{}",
      "9",
      "\u0000",
      "40/other,",
      "x".repeat(LIMITS.packetBytes + 10),
    ];
    for (const frame of frames) {
      const socket = new WebSocket(address);
      socket.on("error", () => {});
      await new Promise((resolve) => socket.once("open", resolve));
      socket.send(`40${JSON.stringify({ token })}`);
      await new Promise<void>((resolve) => {
        socket.on("message", (data) => {
          if (!String(data).startsWith("40") && !String(data).startsWith("44")) return;
          socket.send(frame);
          socket.close();
        });
        socket.once("close", () => resolve());
      });
    }
    const message = await at(clients, 1).send(roomId, "still here");
    expect(await at(clients, 0).change(roomId, message.rev)).toEqual(message);
  });

  it("HTTP requests of any kind leave the node up", async () => {
    const { hostname, port } = new URL(urlOf(world.nodes, 0));
    const lines = [
      "GET // HTTP/1.1",
      "GET http://[ HTTP/1.1",
      "GET //[/../socket.io/ HTTP/1.1",
      "GET /x/../socket.io/ HTTP/1.1",
      "GET /socket.io/../metrics HTTP/1.1",
      "POST /metrics HTTP/1.1",
      "GET /%00%zz HTTP/1.1",
      "OPTIONS * HTTP/1.1",
      "GARBAGE",
    ];
    for (const line of lines) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname);
        let text = "";
        socket.on("data", (bytes) => {
          text += bytes;
        });
        socket.once("error", () => resolve(text));
        socket.once("close", () => resolve(text));
        socket.write(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
      });
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    expect((await fetch(`${urlOf(world.nodes, 0)}/livez`)).status).toBe(200);
  });

  it("a page of another origin gets no connection", async () => {
    const token = await world.issuer.token(world.issuer.newUser());
    const open = (origin: string) =>
      new Promise<boolean>((resolve) => {
        const socket = new WebSocket(
          `${urlOf(world.nodes, 0).replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
          { headers: { origin } },
        );
        socket.once("open", () => {
          socket.close();
          resolve(true);
        });
        socket.once("error", () => resolve(false));
      });
    expect(await open("https://evil.example")).toBe(false);
    const { logs } = at(world.nodes, 0);
    const line = logs.find((logged) => logged.includes("origin refused")) ?? "{}";
    expect(JSON.parse(line)).toMatchObject({ level: "info", origin: "https://evil.example" });
    expect(await open(urlOf(world.nodes, 0))).toBe(true);
    const program = new TestClient(urlOf(world.nodes, 0), token);
    await program.ready();
    program.close();
  });

  it("is logged with the address that the proxy in front has seen, and with no other that is claimed", async () => {
    const claims = "2001:db8::66, 198.51.100.9";
    const addressIn = (node: TestNode, what: string) =>
      JSON.parse(node.logs.findLast((logged) => logged.includes(what)) ?? "{}").address;
    const user = world.issuer.newUser();
    const connectThrough = async (node: TestNode, token: string) => {
      const headers = { "x-forwarded-for": claims };
      const client = new TestClient(node.url, token, headers);
      await Promise.race([client.ready(), client.refusal()]);
      client.close();
    };
    const behindProxy = at(world.nodes, 0);
    await connectThrough(behindProxy, await world.issuer.token(user));
    await connectThrough(behindProxy, "nonsense");
    expect(addressIn(behindProxy, "connection accepted")).toBe("198.51.100.9");
    expect(addressIn(behindProxy, "handshake refused")).toBe("198.51.100.9");
    const open = await world.addNode({ TRUSTED_PROXIES: "none" });
    await connectThrough(open, await world.issuer.token(user));
    expect(addressIn(open, "connection accepted")).toMatch(/^(::ffff:)?127\.0\.0\.1$/);
  });

  it("more than 20 sockets of one user are told so and closed", async () => {
    const user = world.issuer.newUser();
    for (let count = 0; count < LIMITS.socketsPerUser; count++) await world.connect(user);
    const extra = new TestClient(urlOf(world.nodes, 0), await world.issuer.token(user));
    expect(await extra.next("session:closed")).toEqual({
      code: "too_many_connections",
      reconnect: true,
    });
    // "transport close": a plain Socket.IO client comes back by itself.
    expect(await extra.closed()).toBe("transport close");
  });

  it("more than 20 sockets of one user on all nodes together are told so as well", async () => {
    const node = await world.addNode();
    const user = world.issuer.newUser();
    const connected = [];
    for (let count = 0; count < LIMITS.socketsPerUser; count++) {
      connected.push(await world.connect(user, count % 2));
    }
    const token = await world.issuer.token(user);
    const extra = new TestClient(node.url, token);
    expect(await extra.next("session:closed")).toEqual({
      code: "too_many_connections",
      reconnect: true,
    });
    await extra.closed();
    expect(extra.all("session:ready")).toEqual([]);
    expect(connected.every((client) => client.socket.connected)).toBe(true);
    // Whoever goes leaves a place.
    const url = urlOf(world.nodes, 0);
    const before = await metric(url, "moim_connections");
    connected[0]?.close();
    await expect.poll(() => metric(url, "moim_connections")).toBe(before - 1);
    await world.connect(user, 1);
  });

  it("nothing secret and no message text stands in the logs", async () => {
    const { roomId, clients } = await world.group(2);
    await at(clients, 0).send(roomId, "sehr-geheimer-text");
    const client = await world.connect(world.issuer.newUser());
    const token = await world.issuer.token(world.issuer.newUser());
    await client.refused("token:renew", { token });
    const logs = at(world.nodes, 0).logs.join("\n");
    expect(logs).toContain("chat node is ready");
    expect(logs).toContain("event handled");
    expect(logs).not.toContain("sehr-geheimer-text");
    expect(logs).not.toContain("eyJ");
  });
});

describe("without the database", () => {
  it("sends get unavailable within 5 s, sockets stay, and a repeat afterwards is stored once", async () => {
    const { roomId, users, clients } = await world.group(2);
    const blocker = await world.pool.connect();
    await blocker.query("BEGIN");
    await blocker.query("SELECT 1 FROM chat.rooms WHERE id = $1 FOR UPDATE", [roomId]);
    const request = { roomId, clientId: randomUUID(), text: "patience" };
    const startedAt = Date.now();
    const answer = await at(clients, 0).ask("message:send", request);
    expect(answer).toMatchObject({ ok: false, error: { code: "unavailable", retryable: true } });
    expect(Date.now() - startedAt).toBeLessThan(5_000 + BUSY_MS);
    const line = at(world.nodes, 0).logs.findLast((logged) => logged.includes('"unavailable"'));
    expect(JSON.parse(line ?? "{}")).toMatchObject({
      event: "message:send",
      roomId,
      userId: at(users, 0).userId,
      socketId: at(clients, 0).socket.id,
    });
    await blocker.query("ROLLBACK");
    blocker.release();
    const repeat = await at(clients, 0).get("message:send", request);
    expect(repeat.message.seq).toBe(2);
    expect(at(clients, 0).socket.connected).toBe(true);
    const { rows } = await world.pool.query(
      "SELECT sender_id FROM chat.messages WHERE room_id = $1 AND client_id = $2",
      [roomId, request.clientId],
    );
    expect(rows).toEqual([{ sender_id: at(users, 0).userId }]);
  });
});
