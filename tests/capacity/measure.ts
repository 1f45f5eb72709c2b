import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { type Cluster, cpuSecondsOf, cpuSecondsOfTree, startCluster } from "@moim/local";
import { io, type Socket } from "socket.io-client";

/*
 * What a socket, a delivery and a message cost, in processor time and memory of each process: numbers that
 * hold on a busy machine too, unlike rates. `pnpm --filter @moim/tests capacity [--users 1000]`
 */

const USERS = Number(process.argv[process.argv.indexOf("--users") + 1]) || 1_000;
const ROOM_SIZE = 20;
/** Who talks: more would need more than this one process to listen. */
const TALKERS_MAX = 1_000;
const SENDS_PER_USER_AND_SECOND = 1;
const SEND_SECONDS = 15;
const IDLE_SECONDS = 45;
const SETTLE_MS = 3_000;

type User = { userId: string; accessToken: string };

const say = (text: string) => process.stdout.write(`${text}\n`);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function mint(cluster: Cluster): User[] {
  const output = execFileSync(
    process.execPath,
    ["dist/mint.js", "--users", String(USERS), "--prefix", "c", "--ttl-seconds", "3600"],
    {
      cwd: fileURLToPath(new URL("../../services/auth", import.meta.url)),
      env: { ...process.env, DATABASE_URL: cluster.postgresUrl, EMAIL_VERIFICATION: "off" },
      encoding: "utf8",
      maxBuffer: 1 << 28,
    },
  );
  return output.split("\n").flatMap((line) => (line ? [JSON.parse(line) as User] : []));
}

function connect(port: number, { accessToken }: User): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}`, {
    transports: ["websocket"],
    auth: { token: accessToken },
    reconnection: false,
    forceNew: true,
  });
  return new Promise((resolve, reject) => {
    socket.once("session:ready", () => resolve(socket));
    socket.once("connect_error", reject);
  });
}

async function metric(port: number, name: string): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(page)?.[1] ?? Number.NaN);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

type Reading = { chat: number; redis: number; postgres: number; nodesMemory: number };

async function read(cluster: Cluster): Promise<Reading> {
  const ports = cluster.nodes.map(({ port }) => port);
  return {
    chat: sum(cluster.nodes.map(({ pid }) => cpuSecondsOf(pid))),
    redis: cpuSecondsOf(cluster.redis.pid),
    postgres: cpuSecondsOfTree(cluster.postgres.pid),
    nodesMemory: sum(
      await Promise.all(ports.map((port) => metric(port, "process_resident_memory_bytes"))),
    ),
  };
}

async function createRooms(users: readonly User[], sockets: readonly Socket[]): Promise<string[]> {
  const rooms: string[] = [];
  for (let start = 0; start < users.length; start += ROOM_SIZE) {
    const members = users.slice(start, start + ROOM_SIZE);
    const answer = await sockets[start]?.timeout(10_000).emitWithAck("room:create", {
      kind: "group",
      clientId: randomUUID(),
      userIds: members.slice(1).map(({ userId }) => userId),
    });
    if (!answer?.ok) throw new Error(JSON.stringify(answer));
    rooms.push(answer.data.room.id);
  }
  return rooms;
}

/** Everybody once a second, at a time of their own; resolves to how many sends were stored. */
async function talk(rooms: readonly string[], sockets: readonly Socket[]): Promise<number> {
  let stored = 0;
  const endsAt = Date.now() + SEND_SECONDS * 1_000;
  await Promise.all(
    sockets.map(async (socket, index) => {
      await wait((index / sockets.length) * 1_000);
      const roomId = rooms[Math.floor(index / ROOM_SIZE)];
      while (Date.now() < endsAt) {
        const nextAt = Date.now() + 1_000 / SENDS_PER_USER_AND_SECOND;
        const request = { roomId, clientId: randomUUID(), text: "What does a message cost?" };
        const answer = await socket.timeout(20_000).emitWithAck("message:send", request);
        if (answer.ok) stored += 1;
        await wait(Math.max(nextAt - Date.now(), 0));
      }
    }),
  );
  return stored;
}

const cluster = await startCluster({ nodes: 2, spareNodes: 0, postgresSettings: { fsync: "on" } });
try {
  const ports = cluster.nodes.map(({ port }) => port);
  const portOf = (index: number) => ports[index % ports.length] ?? 0;
  say(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
  const users = mint(cluster);
  const empty = await read(cluster);
  const sockets: Socket[] = [];
  for (let start = 0; start < users.length; start += 50) {
    const batch = users.slice(start, start + 50);
    sockets.push(
      ...(await Promise.all(batch.map((user, index) => connect(portOf(start + index), user)))),
    );
  }
  await wait(SETTLE_MS);
  const connected = await read(cluster);
  await wait(IDLE_SECONDS * 1_000);
  const idle = await read(cluster);
  say(`${USERS} sockets on ${ports.length} nodes`);
  const perSocket = (connected.nodesMemory - empty.nodesMemory) / USERS / 1024;
  say(`  memory a socket         ${perSocket.toFixed(0)} KiB`);
  const perConnect = ((connected.chat - empty.chat) / USERS) * 1e3;
  say(`  CPU to connect one      ${perConnect.toFixed(2)} ms of the node`);
  const idleCpu = ((idle.chat - connected.chat) / IDLE_SECONDS / USERS) * 1e4;
  say(`  CPU of 10,000 idle ones ${(idleCpu * 100).toFixed(0)} % of a core`);

  const talking = sockets.slice(0, TALKERS_MAX);
  const rooms = await createRooms(users.slice(0, TALKERS_MAX), talking);
  await wait(SETTLE_MS);
  const deliveriesBefore = sum(
    await Promise.all(ports.map((port) => metric(port, "moim_deliveries_total"))),
  );
  const before = await read(cluster);
  const stored = await talk(rooms, talking);
  await wait(1_000);
  const after = await read(cluster);
  const deliveries =
    sum(await Promise.all(ports.map((port) => metric(port, "moim_deliveries_total")))) -
    deliveriesBefore;
  const micros = (seconds: number, count: number) => ((seconds / count) * 1e6).toFixed(1);
  say(`${stored} messages to ${rooms.length} rooms of ${ROOM_SIZE}, ${deliveries} deliveries`);
  say(`  CPU a delivery          ${micros(after.chat - before.chat, deliveries)} µs of the nodes`);
  say(`  CPU a message           ${micros(after.chat - before.chat, stored)} µs of the nodes`);
  say(`                          ${micros(after.redis - before.redis, stored)} µs of Redis`);
  say(
    `                          ${micros(after.postgres - before.postgres, stored)} µs of Postgres`,
  );
  for (const socket of sockets) socket.disconnect();
} finally {
  await cluster.stop();
}
