import { EventEmitter } from "node:events";
import { CLOSE_CODES } from "@moim/protocol";
import type { Socket } from "socket.io";
import { expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { closeConnection } from "./close.ts";
import type { Connection } from "./connection.ts";
import { Backlog } from "./slow-consumers.ts";

/** A socket that remembers what was done to it. */
function setUp() {
  const log: unknown[] = [];
  const conn = Object.assign(new EventEmitter(), {
    close: () => log.push("engine closed"),
    transport: { socket: { terminate: () => log.push("terminated") } },
  });
  const socket = {
    conn,
    emit: (name: string, payload: unknown) => log.push([name, payload]),
    disconnect: () => log.push("disconnected"),
  } as unknown as Socket;
  const backlog = new Backlog(socket, () => {});
  const token = { phase: "valid" };
  const connection = { socket, backlog, token, closedFor: undefined } as unknown as Connection;
  return { log, connection };
}

it.each(CLOSE_CODES)(
  "a socket closed for %s that reads nothing is ended 2 s later",
  async (code) => {
    const clock = new ManualClock();
    const { log, connection } = setUp();
    closeConnection(connection, code, clock);
    closeConnection(connection, code, clock);
    const reconnect = code !== "session_revoked";
    const closed = reconnect ? "engine closed" : "disconnected";
    const parting = [["session:closed", { code, reconnect }], closed];
    await clock.advance(1_999);
    expect(log).toEqual(parting);
    await clock.advance(1);
    expect(log).toEqual([...parting, "terminated"]);
  },
);
