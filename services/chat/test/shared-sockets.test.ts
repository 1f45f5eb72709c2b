import { randomUUID } from "node:crypto";
import { connectRedis, type RedisPublisher } from "@moim/service";
import { pino } from "pino";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { type Connection, Connections } from "../src/accept/connection.ts";
import { SharedSockets } from "../src/accept/shared-sockets.ts";
import { ManualClock } from "../src/testing/manual-clock.ts";

const REFRESH_INTERVAL_MS = 10_000;

let redis: RedisPublisher;
beforeAll(async () => {
  redis = connectRedis(inject("redisUrl"), "test", pino({ level: "silent" }));
  await new Promise((resolve) => redis.once("ready", () => resolve(undefined)));
});
afterAll(() => redis.disconnect());

function connectionOf(): Connection {
  const [id, userId, sessionId] = [randomUUID(), randomUUID(), randomUUID()];
  return { socket: { id }, userId, sessionId, closedFor: undefined } as unknown as Connection;
}

const placesOf = ({ userId }: Connection) => redis.zrange(`moim:sockets:${userId}`, "0", "-1");

it("a socket that goes while places are held anew does not get its place back", async () => {
  const clock = new ManualClock();
  const connections = new Connections();
  // More than one batch: the last user's turn comes after the first batch has been answered.
  const all = Array.from({ length: 250 }, connectionOf);
  for (const connection of all) connections.add(connection);
  const gone = all[248];
  const stays = all[249];
  if (!gone || !stays) throw new Error("250 sockets");
  const shared = new SharedSockets(redis, connections);
  shared.start(clock);
  expect(await shared.take(gone)).toBe(true);
  // The first batch is on its way.
  await clock.advance(REFRESH_INTERVAL_MS);
  connections.remove(gone);
  shared.free(gone);
  await expect.poll(() => placesOf(stays)).toEqual([stays.socket.id]);
  expect(await placesOf(gone)).toEqual([]);
  shared.stop();
});
