import { EventEmitter } from "node:events";
import type { Socket } from "socket.io";
import { describe, expect, it } from "vitest";
import { Backlog } from "./slow-consumers.ts";

const KIB = 1024;

/** A connection as engine.io makes it, whose reader takes what the test says. */
function setUp() {
  const connection = Object.assign(new EventEmitter(), {
    writeBuffer: [] as object[],
    transport: { writable: true, socket: { bufferedAmount: 0, terminate() {} } },
  });
  let floods = 0;
  const backlog = new Backlog({ conn: connection } as unknown as Pick<Socket, "conn">, () => {
    floods++;
  });
  return {
    backlog,
    floods: () => floods,
    /** As engine.io's `sendPacket`. */
    send(packet: object) {
      connection.emit("packetCreate", packet);
      connection.writeBuffer.push(packet);
    },
    /** What engine.io has handed over, and the kernel has not taken. */
    handedOver(bytes: number) {
      connection.transport.writable = bytes === 0;
      connection.transport.socket.bufferedAmount = bytes;
    },
    /** As engine.io's `flush`. */
    flush() {
      connection.emit("flush", connection.writeBuffer);
      connection.writeBuffer = [];
    },
  };
}

describe("what waits for a socket", () => {
  it("is what ws holds and what engine.io keeps, counted in bytes", () => {
    const { backlog, handedOver, send, flush } = setUp();
    handedOver(100);
    send({ data: "한글" });
    send({ data: Buffer.alloc(10) });
    send({ data: "ignored", options: { wsPreEncodedFrame: [Buffer.alloc(4), Buffer.alloc(16)] } });
    send({});
    expect(backlog.bytes).toBe(100 + 6 + 10 + 20);
    expect(backlog.packets).toBe(4);
    flush();
    expect(backlog.bytes).toBe(100);
    expect(backlog.packets).toBe(0);
  });

  it("is too much only when it was before and does not get less", () => {
    const { backlog, handedOver } = setUp();
    handedOver(1024 * KIB);
    expect([backlog.isSlow(), backlog.isSlow()]).toEqual([false, false]);
    handedOver(1024 * KIB + 1);
    expect([backlog.isSlow(), backlog.isSlow()]).toEqual([false, true]);
  });

  it("is forgiven to a reader who takes a large answer bit by bit", () => {
    const { backlog, handedOver } = setUp();
    for (let left = 5_000 * KIB; left > 0; left -= 65 * KIB) {
      handedOver(left);
      expect(backlog.isSlow()).toBe(false);
    }
  });

  it("is too much by the number of packets as well", () => {
    const { backlog, handedOver, send } = setUp();
    handedOver(1);
    for (let count = 0; count < 1_001; count++) send({ data: "x" });
    expect([backlog.isSlow(), backlog.isSlow()]).toEqual([false, true]);
  });

  it("is cut on the spot, once, when it floods between two looks", async () => {
    const { backlog, floods, handedOver, send } = setUp();
    handedOver(1);
    for (let count = 0; count < 20; count++) {
      if (backlog.bytes < 8 * 1024 * KIB) expect(floods()).toBe(0);
      send({ data: Buffer.alloc(1024 * KIB) });
    }
    expect(floods()).toBe(0);
    await new Promise((resolve) => process.nextTick(resolve));
    expect(floods()).toBe(1);
  });

  it("is nothing to a socket for which nothing waits, however large one packet is", async () => {
    const { floods, send } = setUp();
    send({ data: Buffer.alloc(32 * 1024 * KIB) });
    await new Promise((resolve) => process.nextTick(resolve));
    expect(floods()).toBe(0);
  });
});
