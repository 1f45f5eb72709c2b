import { EventEmitter } from "node:events";
import type { Socket } from "socket.io";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { type Connection, Connections } from "./connection.ts";
import { drain } from "./drain.ts";
import { Backlog } from "./slow-consumers.ts";

let clock: ManualClock;
let connections: Connections;
/** Sockets in the order of their closing. */
let closed: string[];
beforeEach(() => {
  clock = new ManualClock();
  connections = new Connections();
  closed = [];
});

/** A socket to which so many answers are owed. */
function connect(id: string, underWay: number): Connection {
  const conn = Object.assign(new EventEmitter(), {
    close: () => closed.push(id),
    transport: {},
  });
  const socket = { id, conn, emit() {} } as unknown as Socket;
  const connection = {
    socket,
    userId: id,
    sessionId: id,
    backlog: new Backlog(socket, () => {}),
    underWay,
    onAnswered() {},
  } as unknown as Connection;
  connections.add(connection);
  return connection;
}

describe("a node that leaves", () => {
  it("waits for the answers that a socket is owed", async () => {
    const owed = connect("owed", 1);
    const done = drain(connections, clock, 0);
    await clock.advance(1_000);
    expect([closed, owed.isLeaving]).toEqual([[], true]);
    owed.onAnswered();
    await done;
    expect(closed).toEqual(["owed"]);
  });

  it("waits no longer than 4.4 s for a send that gets no answer", async () => {
    connect("owed", 1);
    connect("free", 0);
    const done = drain(connections, clock, 0);
    await clock.advance(4_399);
    expect(closed).toEqual(["free"]);
    await clock.advance(1);
    await done;
    expect(closed).toEqual(["free", "owed"]);
  });
});
