import { get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { json } from "node:stream/consumers";
import { type Cluster, type RunningNginx, startCluster, startNginx } from "@moim/local";
import { problem } from "@moim/protocol";
import { afterAll, beforeAll, test } from "vitest";
import { AbsentNode } from "./absent-node.ts";

const PER_ADDRESS = 5;
const HEAD_TIMEOUT_MS = 10_000;
/** Of Nginx's timers … */
const TOLERANCE_MS = 3_000;
/** … and of this machine while all other tests run; unless told, Nginx gives up after 60 s. */
const BUSY_MS = 20_000;

let cluster: Cluster;
let nginx: RunningNginx;
const sockets: Socket[] = [];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, spareNodes: 0 });
  nginx = await startNginx({
    authPort: cluster.auth.port,
    chatPorts: cluster.nodes.map(({ port }) => port),
    connectionsPerSecond: 100,
    connectionsBurst: 100,
    connectionsPerAddress: PER_ADDRESS,
  });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await nginx?.stop();
  await cluster?.stop();
});

test.concurrent("an address may have so many connections open, and takes no other's place", async ({
  expect,
}) => {
  const held = [];
  for (let index = 0; index < PER_ADDRESS; index += 1) held.push(await openChat("127.0.0.2"));
  expect(held.map(({ status }) => status)).toEqual(Array(PER_ADDRESS).fill(101));
  expect((await openChat("127.0.0.2")).status).toBe(429);
  expect((await openChat("127.0.0.3")).status).toBe(101);
  held[0]?.socket.destroy();
  await expect.poll(async () => (await openChat("127.0.0.2")).status).toBe(101);
});

test.concurrent("what an address asks of the API beyond that is refused as the contract says", async ({
  expect,
}) => {
  for (let index = 0; index < PER_ADDRESS; index += 1) await openChat("127.0.0.5");
  for (const path of [
    "/api/users?ids=",
    "/api/users/avatars/none.webp",
    "/.well-known/jwks.json",
  ]) {
    const answer = await ask("127.0.0.5", path);
    expect([path, answer.statusCode]).toEqual([path, 429]);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
    const body = problem.parse(await json(answer));
    expect(body).toMatchObject({ status: 429, code: "rate_limited" });
  }
  const other = await ask("127.0.0.6", "/.well-known/jwks.json");
  other.resume();
  expect(other.statusCode).toBe(200);
});

test.concurrent("there is room for hundreds of nodes", async ({ expect }) => {
  const ports = Array.from({ length: 300 }, (_, index) => 20_000 + index);
  const gateway = await startNginx({
    authPort: cluster.auth.port,
    chatPorts: [...ports, ...cluster.nodes.map(({ port }) => port)],
    connectionsPerSecond: 100,
    connectionsBurst: 100,
  });
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  await gateway.stop();
});

test.concurrent("whoever comes while nodes are looked at is counted as themselves, however many come", async ({
  expect,
}) => {
  const absent = await AbsentNode.hanging();
  const gateway = await startNginx({
    authPort: cluster.auth.port,
    chatPorts: [absent.port, ...cluster.nodes.map(({ port }) => port)],
    connectionsPerSecond: 100,
    connectionsBurst: 100,
    connectionsPerAddress: PER_ADDRESS,
  });
  const addresses = Array.from({ length: PER_ADDRESS * 6 }, (_, index) => `127.0.1.${index + 1}`);
  const all = await Promise.all(addresses.map((address) => openChat(address, gateway.port)));
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set([101]));
  await gateway.stop();
  absent.remove();
});

test.concurrent("a request whose head does not come to its end is given up after 10 s", async ({
  expect,
}) => {
  const startedAt = Date.now();
  const socket = dial("127.0.0.4");
  socket.on("error", () => {});
  const dripping = setInterval(() => socket.write("x: y\r\n"), 1_000);
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n");
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(dripping);
  expect(Date.now() - startedAt).toBeGreaterThan(HEAD_TIMEOUT_MS - TOLERANCE_MS);
  expect(Date.now() - startedAt).toBeLessThan(HEAD_TIMEOUT_MS + BUSY_MS);
});

function ask(localAddress: string, path: string): Promise<IncomingMessage> {
  const target = { host: "127.0.0.1", port: nginx.port, path, localAddress, agent: false };
  return new Promise((resolve, reject) => get(target, resolve).once("error", reject));
}

function dial(localAddress: string, port = nginx.port): Socket {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  sockets.push(socket);
  return socket;
}

function openChat(
  localAddress: string,
  port?: number,
): Promise<{ status: number; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const socket = dial(localAddress, port);
    socket.once("error", reject);
    socket.once("data", (data) => {
      const [, status] = /^HTTP\/1\.1 (\d+)/.exec(data.toString()) ?? [];
      resolve({ status: Number(status), socket });
    });
    socket.write(
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" +
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2l4dGVlbiBieXRlcyBvaw==\r\n\r\n",
    );
  });
}
