import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { metric } from "./support/metric.ts";
import { at, startWorld, urlOf, type World } from "./support/nodes.ts";
import { BUSY_MS, PATIENCE_MS } from "./support/patience.ts";
import { RawSocket } from "./support/raw-socket.ts";

const MIB = 1024 * 1024;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** A hundred messages of 12 kB each: a page of more than a MiB. */
async function fillRoom(roomId: string, userId: string): Promise<void> {
  await world.pool.query(
    `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
     SELECT $1, place, place, 'text', $2, gen_random_uuid(), repeat('가', 4000), now()
     FROM generate_series(2, 101) AS place`,
    [roomId, userId],
  );
  await world.pool.query("UPDATE chat.rooms SET last_seq = 101, rev = 101 WHERE id = $1", [roomId]);
}

describe("a socket that stops reading", () => {
  it("is cut with slow_consumer within seconds, holds little memory, and harms nobody", async () => {
    const { roomId, users, clients } = await world.group(2);
    const [reader, writer] = [at(clients, 0), at(clients, 1)];
    await fillRoom(roomId, at(users, 1).userId);
    const url = urlOf(world.nodes, 0);
    const raw = await RawSocket.ready(url, await world.issuer.token(at(users, 0)));
    raw.webSocket.pause();
    let id = 0;
    let waitingMost = 0;
    const startedAt = Date.now();
    const cut = () =>
      at(world.nodes, 0).logs.some((line) => line.includes("slow consumer cut off"));
    while (!cut() && Date.now() - startedAt < PATIENCE_MS) {
      for (let count = 0; count < 3; count++) {
        raw.send(`42${++id}["message:page",{"roomId":"${roomId}","limit":100}]`);
      }
      waitingMost = Math.max(waitingMost, await metric(url, "moim_backlog_bytes_largest"));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(cut()).toBe(true);
    // Cut at eight times the limit at the latest, after one more answer of 1.2 MB or so.
    expect(waitingMost).toBeGreaterThan(1 * MIB);
    expect(waitingMost).toBeLessThan(12 * MIB);
    const message = await writer.send(roomId, "nobody waits for it");
    expect(await reader.change(roomId, message.rev)).toEqual(message);
    // It reads nothing, so it cannot agree to the closing either: it is ended all the same.
    await expect.poll(() => metric(url, 'moim_closed_total{code="slow_consumer"}')).toBe(1);
    expect(await metric(url, "moim_backlog_bytes")).toBeLessThan(MIB);
    raw.webSocket.resume();
    await raw.closed();
  });

  it("is ended within seconds for any other reason too, and holds no place till the heartbeat", async () => {
    const { roomId, users } = await world.group(2);
    await fillRoom(roomId, at(users, 1).userId);
    const url = urlOf(world.nodes, 0);
    const raw = await RawSocket.ready(url, await world.issuer.token(at(users, 0)));
    const sockets = await metric(url, "moim_connections");
    raw.webSocket.pause();
    let id = 0;
    while ((await metric(url, "moim_backlog_packets")) === 0 && id < 60) {
      raw.send(`42${++id}["message:page",{"roomId":"${roomId}","limit":100}]`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const revokedAt = Date.now();
    await world.revoke(at(users, 0));
    // Both of the user's: the one that reads goes at once.
    await expect.poll(() => metric(url, "moim_connections")).toBe(sockets - 2);
    expect(Date.now() - revokedAt).toBeLessThan(4_000 + BUSY_MS);
    expect(await metric(url, 'moim_closed_total{code="session_revoked"}')).toBe(2);
    raw.end();
  });

  it("and reads again in time is not cut, and gets everything", async () => {
    const { roomId, users, clients } = await world.group(2);
    await fillRoom(roomId, at(users, 1).userId);
    const url = urlOf(world.nodes, 0);
    const raw = await RawSocket.ready(url, await world.issuer.token(at(users, 0)));
    raw.webSocket.pause();
    for (let id = 1; id <= 5; id++) {
      raw.send(`42${id}["message:page",{"roomId":"${roomId}","limit":100}]`);
    }
    await at(clients, 1).get("room:get", { roomId });
    raw.webSocket.resume();
    for (let id = 1; id <= 5; id++) expect(await raw.answer(id)).toMatchObject({ ok: true });
    expect(raw.closeCode).toBeUndefined();
    raw.end();
  });
});
