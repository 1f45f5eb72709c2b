import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { waitingForLocks } from "./support/locks.ts";
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
    await expect.poll(() => waitingForLocks(world.pool)).toBe(1);
    const closed = at(world.nodes, 0).server.close();
    // All at once: the sends are given 4.3 s, and the node serves no longer than they wait.
    const [looks, draining] = await Promise.all([
      looksOf(urlOf(world.nodes, 0)),
      Promise.all(leaving.map((client) => client.next("server:draining"))),
    ]);
    await blocker.query("ROLLBACK");
    blocker.release();
    expect(looks).toEqual({ readyz: 503, livez: 200, upgrade: 503 });
    expect((await looksOf(urlOf(world.nodes, 1))).upgrade).toBe(101);
    const delays = draining.map(({ reconnectAfterMs }) => reconnectAfterMs);
    expect(delays.sort((a, b) => a - b)).toEqual([0, 250, 500, 750]);
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

/** How a node answers whoever watches it, and whoever comes. */
async function looksOf(url: string) {
  const [readyz, livez, upgrade] = await Promise.all([
    fetch(`${url}/readyz`).then(({ status }) => status),
    fetch(`${url}/livez`).then(({ status }) => status),
    upgradeStatus(url),
  ]);
  return { readyz, livez, upgrade };
}

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
