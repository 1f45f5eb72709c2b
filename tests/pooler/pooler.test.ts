import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Cluster, migrate, startCluster, startPgbouncer, startPostgres } from "@moim/local";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Line, signUp } from "../gateway/caller.ts";

const SENDS = 25;

let cluster: Cluster;
beforeAll(async () => {
  // Migrated through the pooler too.
  cluster = await startCluster({
    nodes: 2,
    spareNodes: 0,
    isPooled: true,
    connectionsPerSecond: 100,
    connectionsBurst: 100,
  });
});
afterAll(() => cluster.stop());

function logOf(name: string): string {
  return readFileSync(`${cluster.logFolder}/${name}.log`, "utf8");
}

test("people sign up and chat through a pooler in transaction mode, and no service misses a setting", async () => {
  const [writer, reader] = await Promise.all([signUp(cluster.url), signUp(cluster.url)]);
  const lines = await Promise.all([
    Line.open(cluster.url, writer),
    Line.open(cluster.url, reader),
    Line.open(cluster.url, writer),
  ]);
  const [writing, reading] = lines;
  const ask = async (name: string, request: unknown) => {
    const answer = await writing.socket.timeout(30_000).emitWithAck(name, request);
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.error)}`);
    return answer.data;
  };
  const received: string[] = [];
  reading.socket.on("room:changes", ({ changes }: { changes: { text: string | null }[] }) => {
    for (const { text } of changes) if (text !== null) received.push(text);
  });
  const { room } = await ask("room:create", {
    kind: "group",
    clientId: randomUUID(),
    userIds: [reader.userId],
  });
  const texts = Array.from({ length: SENDS }, (_, index) => `n${index}`);
  await Promise.all(
    texts.map((text) => ask("message:send", { roomId: room.id, clientId: randomUUID(), text })),
  );
  await expect.poll(() => received).toEqual(texts);
  // Sets a time limit of its own within its transaction.
  const found = await ask("message:search", { query: "n24", roomId: room.id });
  expect(found.messages).toHaveLength(1);
  await ask("room:leave", { roomId: room.id });
  for (const line of lines) line.close();
  for (const name of ["chat-1", "chat-2", "auth"]) {
    expect(logOf(name)).not.toContain("the database's pooler does not set");
    expect(logOf(name)).not.toContain('"level":"error"');
  }
});

test("several migrations at once through the pooler wait for each other and leave no lock behind", async () => {
  const postgres = await startPostgres();
  const pooler = await startPgbouncer(postgres);
  const environment = { ...process.env, DATABASE_URL: pooler.url };
  const direct = new Client({ connectionString: postgres.url });
  try {
    await Promise.all(Array.from({ length: 3 }, () => migrate(environment)));
    await direct.connect();
    const locks = await direct.query("SELECT FROM pg_locks WHERE locktype = 'advisory'");
    expect(locks.rowCount).toBe(0);
    const tables = await direct.query(
      "SELECT to_regclass('chat.rooms') AS rooms, to_regclass('auth.users') AS users",
    );
    expect(tables.rows).toEqual([{ rooms: "chat.rooms", users: "auth.users" }]);
  } finally {
    await direct.end();
    await pooler.stop();
    await postgres.stop();
  }
});

test("a service that is not told of its pooler says what to add, in one line", async () => {
  const started = await startAlone(cluster.pooler?.url.replace("?pooler=transaction", "") ?? "");
  expect(started).toBe(
    "DATABASE_URL names a pooler that takes no settings: add ?pooler=transaction (docs/operating/postgres.md)\n",
  );
});

/** What a chat node that does not start says on standard error. */
async function startAlone(databaseUrl: string): Promise<string> {
  const child = spawn(process.execPath, ["dist/main.js"], {
    cwd: fileURLToPath(new URL("../../services/chat", import.meta.url)),
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, PORT: "0", LOG_LEVEL: "silent" },
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(code).toBe(1);
  return said;
}
