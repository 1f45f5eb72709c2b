import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, connect as connectTo, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import { Server } from "socket.io";
import { io as connect } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSocketServer } from "../src/accept/http.ts";
import { writeOncePerTick } from "../src/publish/write-once-per-tick.ts";

const FRAMES = 20;

let server: Server;
let http: HttpServer;
let streams: Socket[];
beforeEach(() => {
  http = createServer();
  streams = [];
  http.on("connection", (stream) => streams.push(stream));
  server = new Server(http, { transports: ["websocket"] });
});
afterEach(() => server.close());

async function listen(): Promise<string> {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

type Writable = Pick<Socket, "cork"> & {
  _write(...parameters: unknown[]): void;
  _writev(...parameters: unknown[]): void;
};

/** How many writes reach the system for frames made in one tick. */
async function countWrites(prepare: (transport: object) => void): Promise<number> {
  const connected = once(server, "connection");
  const client = connect(await listen(), { transports: ["websocket"], forceNew: true });
  const [socket] = await connected;
  prepare(socket.conn.transport);
  const received = new Promise<number[]>((resolve) => {
    const numbers: number[] = [];
    client.on("n", (number: number) => {
      numbers.push(number);
      if (numbers.length === FRAMES) resolve(numbers);
    });
  });
  const writes = countedFromNow(streams.at(-1) as Socket);
  for (let number = 0; number < FRAMES; number++) socket.emit("n", number);
  expect(await received).toEqual(Array.from({ length: FRAMES }, (_, number) => number));
  client.disconnect();
  return writes.count;
}

/** The writes of the stream that reach the system. */
function countedFromNow(stream: Socket): { readonly count: number } {
  const writes = { count: 0 };
  const writable = stream as unknown as Writable;
  for (const method of ["_write", "_writev"] as const) {
    const original = writable[method].bind(writable);
    writable[method] = (...parameters) => {
      writes.count++;
      original(...parameters);
    };
  }
  return writes;
}

describe("frames for one socket made in one tick", () => {
  it("leave in one write, in order", async () => {
    expect(await countWrites(writeOncePerTick)).toBe(1);
  });

  it("would each be a write of their own, as shipped", async () => {
    expect(await countWrites(() => {})).toBeGreaterThanOrEqual(FRAMES);
  });
});

/** All that comes for a websocket's handshake until the server ends the connection. */
async function answerTo(url: string, query: string, origin: string): Promise<string> {
  const socket = connectTo(Number(new URL(url).port), "127.0.0.1");
  socket.write(
    `GET /socket.io/?transport=websocket&${query} HTTP/1.1\r\nHost: chat.example\r\nOrigin: ${origin}\r\n` +
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  return text(socket);
}

describe("what a connection is opened with", () => {
  /** How many writes have reached the system when the client takes the connection for open. */
  async function countWrites(): Promise<number> {
    let writes: { readonly count: number } | undefined;
    http.on("connection", (stream) => {
      writes = countedFromNow(stream);
    });
    const client = connect(await listen(), { transports: ["websocket"], forceNew: true });
    const counted = await new Promise<number>((resolve) => {
      client.io.engine.once("handshake", () => resolve(writes?.count ?? 0));
    });
    client.disconnect();
    return counted;
  }

  /** In place of the server as shipped. */
  function useOurs(): void {
    server.close();
    http = createServer();
    const config = { ALLOWED_ORIGINS: ["http://chat.example"] };
    server = createSocketServer(
      http,
      config,
      () => false,
      () => "",
      pino({ level: "silent" }),
    );
  }

  it("leaves in one write: the answer to the upgrade, and the engine's first frame", async () => {
    useOurs();
    expect(await countWrites()).toBe(1);
  });

  // To a proxy, a node that ends a connection without a word has gone: nobody else would be sent to it.
  it.each([
    ["a page of another origin", "EIO=4", "https://evil.example", "400 Bad Request"],
    ["a protocol of long ago", "EIO=3", "http://chat.example", "101 Switching Protocols"],
  ])("is an answer also to what is refused: %s", async (_, query, origin, status) => {
    useOurs();
    const answer = await answerTo(await listen(), query, origin);
    expect(answer.split("\r\n", 1)).toEqual([`HTTP/1.1 ${status}`]);
  });

  it("would be two, as shipped", async () => {
    expect(await countWrites()).toBe(2);
  });
});
