import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { at, startWorld, urlOf, type World } from "./support/nodes.ts";

let world: World;
afterEach(() => world.close());

describe("a node that leaves", () => {
  it("turns unready, sends its sockets away one by one, finishes what it accepted", async () => {
    world = await startWorld({ nodes: 2, environment: { DRAIN_MS: "1000" } });
    const { roomId, clients } = await world.group(8);
    const leaving = clients.filter((_, index) => index % 2 === 0);
    const staying = at(clients, 1);
    // Holds the commits up, so that the node leaves while its answers are still owed.
    const blocker = await world.pool.connect();
    await blocker.query("BEGIN");
    await blocker.query("SELECT 1 FROM chat.rooms WHERE id = $1 FOR UPDATE", [roomId]);
    const accepted = leaving.map((client, index) => client.send(roomId, `last ${index}`));
    await expect.poll(() => waitingForLocks(world)).toBe(1);
    const closed = at(world.nodes, 0).server.close();
    const readiness = await fetch(`${urlOf(world.nodes, 0)}/readyz`);
    expect(readiness.status).toBe(503);
    expect((await fetch(`${urlOf(world.nodes, 0)}/livez`)).status).toBe(200);
    expect(await upgradeStatus(urlOf(world.nodes, 0))).toBe(503);
    expect(await upgradeStatus(urlOf(world.nodes, 1))).toBe(101);
    const delays = await Promise.all(
      leaving.map(async (client) => (await client.next("server:draining")).reconnectAfterMs),
    );
    expect(delays.sort((a, b) => a - b)).toEqual([0, 250, 500, 750]);
    await blocker.query("ROLLBACK");
    blocker.release();
    for (const client of leaving) {
      expect(await client.next("session:closed")).toEqual({ code: "draining", reconnect: true });
      // "transport close": a plain Socket.IO client would come back by itself.
      expect(await client.closed()).toBe("transport close");
    }
    await closed;
    const stored = await Promise.all(accepted);
    for (const message of stored)
      expect(await staying.change(roomId, message.rev)).toEqual(message);
    world.nodes.shift();
  });
});

/** What a proxy gets to see of a new connection, and by which it goes to the next node. */
function upgradeStatus(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`);
    webSocket.on("upgrade", ({ statusCode }) => {
      resolve(statusCode);
      webSocket.terminate();
    });
    webSocket.on("unexpected-response", (_, { statusCode }) => resolve(statusCode));
    webSocket.on("error", reject);
  });
}

async function waitingForLocks({ pool }: World): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    `SELECT count(*)::int AS waiting FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return at(rows, 0).waiting;
}
