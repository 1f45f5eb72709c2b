import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Server } from "socket.io";
import { io as connect } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeOncePerTick } from "../src/publish/write-once-per-tick.ts";

const FRAMES = 20;

let server: Server;
let streams: Socket[];
let url: string;
beforeEach(async () => {
  const http = createServer();
  streams = [];
  http.on("connection", (stream) => streams.push(stream));
  server = new Server(http, { transports: ["websocket"] });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});
afterEach(() => server.close());

type Writable = Pick<Socket, "cork"> & {
  _write(...parameters: unknown[]): void;
  _writev(...parameters: unknown[]): void;
};

/** How many writes reach the system for frames made in one tick. */
async function countWrites(prepare: (transport: object) => void): Promise<number> {
  const connected = once(server, "connection");
  const client = connect(url, { transports: ["websocket"], forceNew: true });
  const [socket] = await connected;
  prepare(socket.conn.transport);
  const received = new Promise<number[]>((resolve) => {
    const numbers: number[] = [];
    client.on("n", (number: number) => {
      numbers.push(number);
      if (numbers.length === FRAMES) resolve(numbers);
    });
  });
  let writes = 0;
  const stream = streams.at(-1) as unknown as Writable;
  for (const method of ["_write", "_writev"] as const) {
    const original = stream[method].bind(stream);
    stream[method] = (...parameters) => {
      writes++;
      original(...parameters);
    };
  }
  for (let number = 0; number < FRAMES; number++) socket.emit("n", number);
  expect(await received).toEqual(Array.from({ length: FRAMES }, (_, number) => number));
  client.disconnect();
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
