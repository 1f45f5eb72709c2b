import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, type RunningNginx, startCluster, startNginx } from "@moim/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Caller, Line, signUp } from "../gateway/caller.ts";

const SILENCE_MS = 150_000;
/** Of the proxy as shipped, which is Nginx's default too: proxy_read_timeout. */
const PROXY_PATIENCE_MS = 60_000;
/** Of Nginx's timers … */
const TOLERANCE_MS = 5_000;
/** … and of this machine while all other tests run. */
const BUSY_MS = 20_000;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, spareNodes: 0 });
});
afterAll(() => cluster?.stop());

// Its client answers the node's pings, as every client does, and says nothing else.
test.concurrent("a socket that says nothing for 150 s is still there and gets a message", async () => {
  const [reader, writer] = await Promise.all([signUp(cluster.url), signUp(cluster.url)]);
  const silent = await Line.open(cluster.url, reader);
  await delay(SILENCE_MS);
  expect(silent.lostFor).toBeUndefined();

  const heard = new Promise((resolve) => silent.socket.once("room:changes", resolve));
  const speaking = await Line.open(cluster.url, writer);
  await say(speaking, reader, "still there?");
  expect(await heard).toMatchObject({ changes: [{ text: "still there?", seq: 1 }] });
  for (const line of [silent, speaking]) line.close();
});

test.concurrent("without heartbeats the same proxy cuts a silent socket after 60 s", async () => {
  const node = await startSilentNode();
  const nginx: RunningNginx = await startNginx({
    authPort: cluster.auth.port,
    chatPorts: [(node.address() as AddressInfo).port],
    connectionsPerSecond: 10,
    connectionsBurst: 20,
  });
  const openedAt = Date.now();
  const socket = await openWebsocket(nginx.port);
  await new Promise((resolve) => socket.once("close", resolve));
  const lastedMs = Date.now() - openedAt;
  expect(lastedMs).toBeGreaterThan(PROXY_PATIENCE_MS - TOLERANCE_MS);
  expect(lastedMs).toBeLessThan(PROXY_PATIENCE_MS + BUSY_MS);
  await nginx.stop();
  node.close();
});

async function say(line: Line, to: Caller, text: string): Promise<void> {
  const created = await line.ask("room:create", { kind: "direct", userId: to.userId });
  const { room } = created as { room: { id: string } };
  await line.ask("message:send", { roomId: room.id, clientId: crypto.randomUUID(), text });
}

const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";

/** Accepts a websocket and never says anything on it. */
async function startSilentNode(): Promise<Server> {
  const server = createServer();
  server.on("upgrade", (_, socket) => {
    socket.on("error", () => {});
    // Nobody here checks what the key is answered with.
    socket.write(`${SWITCHING}Sec-WebSocket-Accept: unchecked\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function openWebsocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", reject);
    socket.once("data", (data) => {
      const [head = ""] = data.toString().split("\r\n");
      if (head.includes(" 101 ")) resolve(socket);
      else reject(new Error(head));
    });
    socket.write(
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" +
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2l4dGVlbiBieXRlcyBvaw==\r\n\r\n",
    );
  });
}
