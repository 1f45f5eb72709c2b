import { randomUUID } from "node:crypto";
import { LIMITS } from "@moim/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ChatProcess } from "./support/chat-process.ts";
import { TestClient } from "./support/client.ts";
import { metric } from "./support/metric.ts";
import { startWorld, type World } from "./support/nodes.ts";
import { RawSocket } from "./support/raw-socket.ts";

const FLOOD_MS = 3_000;
/** However long that takes. */
const SERVED_MIN = 5;
const FRAMES_AT_ONCE = 500;
const BUFFERED_BYTES_MAX = 64 * 1024;
/** Of the contract. */
const ANSWERED_WITHIN_MS = 5_000;

let world: World;
let node: ChatProcess;
beforeAll(async () => {
  world = await startWorld({ nodes: 0 });
  node = new ChatProcess({
    DATABASE_URL: world.databaseUrl,
    AUTH_URL: world.issuer.url,
    PORT: "0",
    DRAIN_MS: "0",
  });
});
afterAll(async () => {
  node.end();
  await world.close();
});

/** Writes as fast as the node reads, until told to stop. */
async function flood(raw: RawSocket, isOver: () => boolean): Promise<number> {
  let sent = 0;
  while (!isOver()) {
    const isRead = raw.webSocket.bufferedAmount < BUFFERED_BYTES_MAX;
    if (isRead) {
      for (let count = 0; count < FRAMES_AT_ONCE; count++) raw.send(`42${++sent}["room:get",{}]`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return sent;
}

it("a flood is refused event by event, and the neighbour is served meanwhile", async () => {
  const url = await node.ready();
  const [flooder, writer] = [world.issuer.newUser(), world.issuer.newUser()];
  const client = await new TestClient(url, await world.issuer.token(writer)).ready();
  const { room } = await client.insist("room:create", {
    kind: "group",
    clientId: randomUUID(),
    userIds: [flooder.userId],
  });
  const raw = await RawSocket.ready(url, await world.issuer.token(flooder));
  let isOver = false;
  const flooding = flood(raw, () => isOver);
  const latencies: number[] = [];
  const startedAt = Date.now();
  const endsAt = startedAt + FLOOD_MS;
  while (Date.now() < endsAt || latencies.length < SERVED_MIN) {
    const sentAt = Date.now();
    const send = { roomId: room.id, clientId: randomUUID(), text: "in the flood" };
    const answer = await client.ask("message:send", send);
    if (answer.ok) latencies.push(Date.now() - sentAt);
    // The flood is not the database's: what a busy machine's does not answer is not its doing.
    else expect(answer.error.code).toBe("unavailable");
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  isOver = true;
  const sent = await flooding;
  expect(sent).toBeGreaterThan(10 * LIMITS.eventsBurst);
  const refused = await metric(url, 'moim_events_total{event="room:get",outcome="rate_limited"}');
  expect(refused).toBeGreaterThan(LIMITS.eventsBurst);
  // Some thousand a second at the most, of the many more that one socket can write.
  const seconds = (Date.now() - startedAt) / 1_000;
  expect(refused).toBeLessThan((seconds + 10) * 2_000);
  latencies.sort((a, b) => a - b);
  expect(latencies[Math.floor(latencies.length / 2)]).toBeLessThan(ANSWERED_WITHIN_MS);
  expect(raw.closeCode).toBeUndefined();
  client.close();
  raw.end();
});
