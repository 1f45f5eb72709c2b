import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { createDatabase, type TestDatabase } from "@moim/local";
import { migrateDatabase } from "@moim/service";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { appendMessages } from "../src/persist/append-messages.ts";
import { type ExplainedDatabase, explainedDatabase, nodesOf } from "./support/explained.ts";

const PLANS_KEPT_MS = 1_000;
const MESSAGES = 50_000;
const SENDS = 20;

let database: TestDatabase;
let pool: pg.Pool;
let explained: ExplainedDatabase;
beforeAll(async () => {
  database = await createDatabase(inject("postgresUrl"));
  const folder = fileURLToPath(new URL("../drizzle", import.meta.url));
  await migrateDatabase({ url: database.url, folder, schema: "chat" });
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  explained = await explainedDatabase(database.url, { format: "json", isPipelined: true });
});
afterAll(async () => {
  await explained.close();
  await pool.end();
  await database.drop();
});

const [roomId, senderId] = [randomUUID(), randomUUID()];

/** What the statements of one commit read at most, row by row. */
async function rowsReadByACommit(): Promise<number> {
  const statements = await explained.explain((db) =>
    appendMessages(
      db,
      Array.from({ length: SENDS }, () => ({
        ...{ roomId, senderId, clientId: randomUUID() },
        ...{ text: "hello", replyTo: null },
      })),
    ),
  );
  expect(statements.length).toBeGreaterThan(3);
  const nodes = statements.flatMap(({ plan }) => nodesOf(plan));
  const rows = nodes.map(
    (node) => (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"],
  );
  return Math.max(...rows);
}

it("a commit that was planned while the tables were tiny is soon planned anew, and reads no more once they are full", async () => {
  await pool.query(
    `INSERT INTO chat.rooms (id, kind, created_by, creation_id, member_count)
     VALUES ($1, 'group', $2, gen_random_uuid(), 1)`,
    [roomId, senderId],
  );
  await pool.query("INSERT INTO chat.members (room_id, user_id, role) VALUES ($1, $2, 'member')", [
    roomId,
    senderId,
  ]);
  // Of a page that it knows to be the only one, the planner prefers to read all.
  await pool.query("VACUUM ANALYZE chat.rooms, chat.members, chat.messages");
  expect(await rowsReadByACommit()).toBeLessThanOrEqual(SENDS);
  await pool.query(
    `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
     SELECT $1, number, number, 'text', $2, gen_random_uuid(), 'said long ago', now()
     FROM generate_series(1000, 1000 + $3) AS number`,
    [roomId, senderId, MESSAGES],
  );
  await pool.query(
    `INSERT INTO chat.members (room_id, user_id, role)
     SELECT $1, gen_random_uuid(), 'member' FROM generate_series(1, 2000)`,
    [roomId],
  );
  await new Promise((resolve) => setTimeout(resolve, PLANS_KEPT_MS + 100));
  expect(await rowsReadByACommit()).toBeLessThanOrEqual(SENDS);
});
