import { EventEmitter } from "node:events";
import { pino } from "pino";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { createMetrics } from "../metrics.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { Acceptor, type AcceptorOptions } from "./acceptor.ts";
import { Connections } from "./connection.ts";

/** A socket as Socket.IO brings it, on a connection that cannot be written to: welcoming it breaks on the way. */
function brokenSocket() {
  const done: string[] = [];
  const conn = Object.assign(new EventEmitter(), {
    transport: { socket: { terminate: () => done.push("terminated") } },
    close() {
      done.push("closed");
      socket.emit("disconnect", "forced close");
    },
  });
  const socket = Object.assign(new EventEmitter(), {
    ...{ id: "socket", conn, use() {} },
    data: { admitted: { claims: { sub: "user", sid: "session", iat: 1, exp: 2 }, token: "token" } },
  });
  return { socket, done };
}

it("a socket that cannot be welcomed is forgotten, and ended even if it reads nothing", async () => {
  const clock = new ManualClock();
  const connections = new Connections();
  const metrics = createMetrics(new Registry());
  const io = Object.assign(new EventEmitter(), { use() {} });
  new Acceptor({
    ...{ io, clock, connections, metrics },
    logger: pino({ level: "silent" }),
    lifetime: { stop() {} },
  } as unknown as AcceptorOptions).start();
  const { socket, done } = brokenSocket();
  io.emit("connection", socket);
  await settled();
  expect([connections.size, connections.ofUser("user")]).toEqual([0, []]);
  expect((await metrics.connections.get()).values).toMatchObject([{ value: 0 }]);
  await clock.advance(2_000);
  expect(done).toEqual(["closed", "terminated"]);
});
