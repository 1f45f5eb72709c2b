import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type RoomChanges, stateOf } from "../src/clients/changes.ts";
import { encodeClientId, keyOf, roomTagOf } from "../src/clients/client-id.ts";
import type { LoadClientListener } from "../src/clients/load-client.ts";
import { RawClient } from "../src/clients/raw-client.ts";

/* Against a real Socket.IO server, whose events have the shape of Moim's. */

const ROOM = "0192d7a8-1111-7abc-8def-0123456789ab";
const PINGS = 5;
const STAMP = { intendedMicros: 12_345, roomTag: roomTagOf(ROOM), sender: 3, number: 9 };

let io: Server;
let url: string;

beforeEach(async () => {
  const http = createServer();
  io = new Server(http, { transports: ["websocket"], pingInterval: 50 });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});

afterEach(() => io.close());

type Heard = { what: string; detail?: unknown };

function connect(token?: string, readyBy: "session:ready" | "connecting" = "connecting") {
  const heard: Heard[] = [];
  const waiting: { what: string; resolve(heard: Heard): void }[] = [];
  const hear = (what: string, detail?: unknown) => {
    heard.push({ what, detail });
    for (const one of waiting.filter((other) => other.what === what)) one.resolve({ what, detail });
  };
  const listener: LoadClientListener = {
    ready: (nodeId) => hear("ready", nodeId),
    closed: (why, code) => hear("closed", code ?? why),
    changes: (packet) => hear("changes", packet),
    head: (roomId, rev) => hear("head", { roomId, rev }),
    resync: (reason) => hear("resync", reason),
    event: (name, json) => hear(name, JSON.parse(json())),
  };
  const client = new RawClient({ url, readyBy, ...(token ? { token } : {}) }, listener);
  client.connect();
  const next = (what: string) =>
    new Promise<Heard>((resolve) => {
      const already = heard.find((one) => one.what === what);
      if (already) resolve(already);
      else waiting.push({ what, resolve });
    });
  return { client, heard, next };
}

it("connects with its token, sends, is answered, and hears what the room hears", async () => {
  io.use((socket, next) => {
    next(socket.handshake.auth.token === "good" ? undefined : new Error("no"));
  });
  io.on("connection", (socket) => {
    socket.join(ROOM);
    socket.emit("session:ready", { nodeId: "node-1" });
    socket.on("message:send", ({ roomId, clientId, text }, answer) => {
      const message = { roomId, seq: 41, rev: 42, clientId, text };
      io.to(roomId).emit("room:changes", { roomId, changes: [message] });
      answer({ ok: true, data: { message, duplicate: text === "again" } });
    });
  });
  const { client, next } = connect("good", "session:ready");
  expect((await next("ready")).detail).toBe("node-1");
  const outcome = await new Promise((resolve) =>
    client.send({ roomId: ROOM, clientId: encodeClientId(STAMP), text: '한글 "seq":7' }, resolve),
  );
  expect(outcome).toEqual({ outcome: "stored", seq: 41, rev: 42, duplicate: false });
  const packet = (await next("changes")).detail as RoomChanges;
  expect(packet.roomId).toBe(ROOM);
  expect(packet.changes).toEqual([
    {
      ...{ seq: 41, rev: 42, key: keyOf(STAMP), intendedMicros: 12_345 },
      roomTag: STAMP.roomTag,
      state: stateOf({ text: '한글 "seq":7' }),
    },
  ]);
  const repeated = await new Promise((resolve) =>
    client.send({ roomId: ROOM, clientId: encodeClientId(STAMP), text: "again" }, resolve),
  );
  expect(repeated).toMatchObject({ outcome: "stored", duplicate: true });
  client.stop();
  await next("closed");
});

it("says why it was refused", async () => {
  io.use((_socket, next) => {
    next(Object.assign(new Error("no"), { data: { code: "token_invalid", retryable: false } }));
  });
  const { next } = connect("bad");
  expect((await next("closed")).detail).toBe("token_invalid");
});

it("answers pings for as long as it lives, and hears why the server closes", async () => {
  let answered = 0;
  io.on("connection", (socket) => {
    socket.conn.on("packet", ({ type }) => {
      if (type !== "pong" || ++answered !== PINGS) return;
      socket.emit("session:closed", { code: "draining", reconnect: true });
      socket.conn.close();
    });
  });
  const { next } = connect();
  expect((await next("closed")).detail).toBe("draining");
  expect(answered).toBe(PINGS);
});

it("reads nothing while it is paused, and everything afterwards", async () => {
  io.on("connection", (socket) => {
    socket.on("go", (_request, answer) => {
      for (let count = 0; count < 100; count++) {
        socket.emit("room:head", { roomId: ROOM, rev: count });
      }
      answer({ ok: true, data: {} });
    });
  });
  const { client, heard, next } = connect();
  await next("ready");
  client.pause();
  const asked = client.request("go" as never, {} as never);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(heard.filter(({ what }) => what === "head")).toEqual([]);
  client.resume();
  await asked;
  expect(heard.filter(({ what }) => what === "head")).toHaveLength(100);
});

it("asks nothing of a server that has not let it in yet, which would throw it away, and could be waited for for ever", async () => {
  let letIn = () => {};
  const atTheDoor = new Promise<void>((resolve) => {
    io.use((_socket, next) => {
      letIn = next;
      resolve();
    });
  });
  io.on("connection", (socket) => {
    socket.on("room:get", (_request, answer) => answer({ ok: true, data: {} }));
  });
  const { client, next } = connect();
  const ask = () => client.request("room:get", { roomId: ROOM });
  await expect(ask()).rejects.toThrow("not connected");
  await atTheDoor;
  await expect(ask()).rejects.toThrow("not connected");
  letIn();
  await next("ready");
  expect(await ask()).toEqual({});
});

it("rejects a request whose connection ends, and one that the server refuses", async () => {
  io.on("connection", (socket) => {
    socket.on("room:get", (_request, answer) =>
      answer({ ok: false, error: { code: "not_found", message: "no such room" } }),
    );
  });
  const { client, next } = connect();
  await next("ready");
  await expect(client.request("room:get", { roomId: ROOM })).rejects.toThrow("not_found");
  const unanswered = client.request("room:list", {});
  client.cut();
  await expect(unanswered).rejects.toThrow("ended");
  expect((await next("closed")).detail).toBe("cut");
});
