import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { createDatabase } from "@moim/local";
import {
  connectRedis,
  createLogger,
  encodeRevocation,
  migrateDatabase,
  REVOCATION_CHANNEL,
  recordRevocations,
} from "@moim/service";
import pg from "pg";
import { inject } from "vitest";
import { readConfig } from "../../src/config.ts";
import { type ChatServer, createChatServer } from "../../src/server.ts";
import { TestClient } from "./client.ts";
import { type Issuer, startIssuer, type TestUser, type TokenOptions } from "./issuer.ts";

export type TestNode = { url: string; server: ChatServer; logs: string[] };

export type World = {
  issuer: Issuer;
  pool: pg.Pool;
  databaseUrl: string;
  nodes: TestNode[];
  /** Another node of the same cluster. */
  addNode(environment?: Record<string, string | undefined>): Promise<TestNode>;
  /** A ready socket of the user at a node. */
  connect(user: TestUser, node?: number, options?: TokenOptions): Promise<TestClient>;
  /** A group of these users, and each one's ready socket; users are spread over the nodes. */
  group(size: number): Promise<{ roomId: string; users: TestUser[]; clients: TestClient[] }>;
  /** What the auth service does when a session ends. */
  revoke(user: TestUser, announce?: boolean): Promise<void>;
  /** By Redis alone. */
  announceRevocation(user: TestUser): Promise<void>;
  close(): Promise<void>;
};

export type WorldOptions = {
  nodes?: number;
  redisUrl?: string | null;
  environment?: Record<string, string | undefined>;
  /** By the nodes' clock, where that is not the one on the wall: tokens are issued by it. */
  now?: () => number;
};

/** Chat nodes in this process on a database of their own, with real Redis and real sockets. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const redisUrl = options.redisUrl === undefined ? inject("redisUrl") : options.redisUrl;
  const { now = Date.now } = options;
  const database = await createDatabase(inject("postgresUrl"));
  for (const schema of ["auth", "chat"]) {
    const folder = fileURLToPath(new URL(`../../../${schema}/drizzle`, import.meta.url));
    await migrateDatabase({ url: database.url, folder, schema });
  }
  const issuer = await startIssuer();
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on("error", () => {});
  const clients: TestClient[] = [];
  const nodes: TestNode[] = [];
  const world: World = {
    issuer,
    pool,
    databaseUrl: database.url,
    nodes,
    async addNode(environment = {}) {
      const node = await startNode({
        DATABASE_URL: database.url,
        AUTH_URL: issuer.url,
        PORT: "0",
        DRAIN_MS: "0",
        LOG_LEVEL: "info",
        ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
        ...options.environment,
        ...environment,
      });
      nodes.push(node);
      return node;
    },
    async connect(user, node = 0, tokenOptions) {
      for (;;) {
        const token = await issuer.token(user, { issuedAt: now(), ...tokenOptions });
        const client = new TestClient(urlOf(nodes, node), token);
        clients.push(client);
        const outcome = await client.outcome();
        if (outcome === "ready") return client;
        client.close();
        // A short-lived token may have run out before a busy machine let it in: with another, once more.
        if (!outcome.includes("expired")) throw new Error(`not connected: ${outcome}`);
      }
    },
    async group(size) {
      const users = Array.from({ length: size }, () => issuer.newUser());
      const members = await Promise.all(
        users.map((user, index) => world.connect(user, index % nodes.length)),
      );
      const [creator, ...others] = members;
      if (!creator) throw new Error("a group needs somebody");
      const { room } = await creator.insist("room:create", {
        kind: "group",
        clientId: randomUUID(),
        userIds: users.slice(1).map((user) => user.userId),
      });
      await Promise.all(others.map((client) => client.change(room.id, 1)));
      return { roomId: room.id, users, clients: members };
    },
    async revoke(user, announce = true) {
      await recordRevocations(pool, [{ ...user, expiresAt: Date.now() + 600_000 }]);
      if (announce) await world.announceRevocation(user);
    },
    async announceRevocation(user) {
      if (redisUrl === null) return;
      const revocation = { ...user, expiresAt: Date.now() + 600_000 };
      const redis = connectRedis(redisUrl, "test", createLogger({ service: "test" }, "silent"));
      await new Promise<void>((resolve) => redis.once("ready", () => resolve()));
      await redis.publish(REVOCATION_CHANNEL, encodeRevocation(revocation));
      redis.disconnect();
    },
    async close() {
      for (const client of clients) client.close();
      await Promise.all(nodes.map((node) => node.server.close()));
      await issuer.close();
      await pool.end();
      await database.drop();
    },
  };
  for (let count = 0; count < (options.nodes ?? 1); count++) await world.addNode();
  return world;
}

async function startNode(environment: Record<string, string | undefined>): Promise<TestNode> {
  const config = readConfig(environment);
  const logs: string[] = [];
  const logger = createLogger({ service: "chat", node: config.NODE_ID }, config.LOG_LEVEL, {
    write(line) {
      logs.push(line);
      // What a node calls an error is a bug, whatever the test asserts: show it.
      if (line.includes('"level":"error"')) process.stderr.write(line);
    },
  });
  const server = createChatServer(config, logger);
  const port = await server.listen();
  return { url: `http://127.0.0.1:${port}`, server, logs };
}

/** The item at a place where there must be one. */
export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

export function urlOf(nodes: readonly TestNode[], index: number): string {
  return at(nodes, index).url;
}
