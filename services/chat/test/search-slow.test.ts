import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { appendMessages } from "../src/persist/append-messages.ts";
import { Database } from "../src/persist/database.ts";
import { searchMessages } from "../src/persist/search-messages.ts";
import { at, startWorld, type World } from "./support/nodes.ts";
import { BUSY_MS } from "./support/patience.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

let isSlow = false;

/** Whoever asks who is a member of what waits so long, for every membership found. */
async function slowDown(seconds: number): Promise<void> {
  isSlow = true;
  await world.pool.query("ALTER TABLE chat.members RENAME TO members_at_rest");
  await world.pool.query(
    `CREATE VIEW chat.members AS
     SELECT m.* FROM chat.members_at_rest m CROSS JOIN LATERAL (SELECT pg_sleep(${seconds})) AS s`,
  );
}
afterEach(async () => {
  if (!isSlow) return;
  isSlow = false;
  await world.pool.query("DROP VIEW chat.members");
  await world.pool.query("ALTER TABLE chat.members_at_rest RENAME TO members");
});

async function searchesUnderWay(): Promise<number> {
  const { rows } = await world.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND state <> 'idle' AND query LIKE '%history_from_seq%'
       AND pid <> pg_backend_pid()`,
  );
  return at(rows, 0).count;
}

describe("a search in a database that is slow", () => {
  it("ends in time though each of its many steps keeps within its own bound", async () => {
    const userId = randomUUID();
    const roomId = randomUUID();
    await world.pool.query(
      `INSERT INTO chat.rooms (id, kind, created_by, creation_id, member_count, created_at)
       VALUES ($1, 'group', $2, gen_random_uuid(), 1, now() - interval '3 years')`,
      [roomId, userId],
    );
    await world.pool.query(
      "INSERT INTO chat.members (room_id, user_id, role) VALUES ($1, $2, 'owner')",
      [roomId, userId],
    );
    const database = new Database(world.pool);
    // All of one moment: to find it, three years are halved again and again.
    await appendMessages(
      database,
      Array.from({ length: 20 }, (_, index) => ({
        ...{ roomId, senderId: userId, clientId: randomUUID() },
        ...{ text: `바다 ${index}`, replyTo: null },
      })),
    );
    await slowDown(0.3);
    const endsAt = Date.now() + 2_500;
    const search = { query: "바다", roomId: undefined, after: null, limit: 10, messagesMax: 5 };
    const found = searchMessages(database, userId, {
      ...search,
      leftMs: () => endsAt - Date.now(),
    });
    await expect(found).rejects.toMatchObject({ code: "unavailable" });
    expect(Date.now()).toBeGreaterThan(endsAt - 500);
    expect(Date.now()).toBeLessThan(endsAt + BUSY_MS);
    await expect.poll(searchesUnderWay).toBe(0);
  });

  it("is answered within 5 s, those that wait for their turn too, and nothing goes on behind it", async () => {
    const { clients } = await world.group(5);
    // Longer than one statement of a search may take.
    await slowDown(2.5);
    const startedAt = Date.now();
    const answers = await Promise.all(
      clients.flatMap((client) => [
        client.ask("message:search", { query: "바다" }),
        client.ask("message:search", { query: "산" }),
      ]),
    );
    expect(Date.now() - startedAt).toBeLessThan(5_000 + BUSY_MS);
    for (const answer of answers) {
      expect(answer).toMatchObject({ ok: false, error: { code: "unavailable", retryable: true } });
    }
    await expect.poll(searchesUnderWay).toBe(0);
  });

  it("does not hold the next one up", async () => {
    const { roomId, clients } = await world.group(1);
    const message = await at(clients, 0).send(roomId, "바다");
    const { messages } = await at(clients, 0).get("message:search", { query: "바다" });
    expect(messages).toEqual([message]);
  });
});
