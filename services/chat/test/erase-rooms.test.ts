import { afterAll, beforeAll, expect, it } from "vitest";
import { Database } from "../src/persist/database.ts";
import { eraseSome, eraseSomeOfEmptyRoom } from "../src/persist/erase-rooms.ts";
import { at, startWorld, type World } from "./support/nodes.ts";

let world: World;
let database: Database;
beforeAll(async () => {
  world = await startWorld({ nodes: 0 });
  database = new Database(world.pool);
});
afterAll(() => world.close());

/** A room of so many messages that nobody is in. */
async function emptyRoom(messages: number): Promise<string> {
  const { rows } = await world.pool.query<{ id: string }>(
    `INSERT INTO chat.rooms (id, kind, created_by, creation_id, member_count)
     VALUES (gen_random_uuid(), 'group', gen_random_uuid(), gen_random_uuid(), 0) RETURNING id`,
  );
  const { id } = at(rows, 0);
  await world.pool.query(
    `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
     SELECT $1, n, n, 'text', gen_random_uuid(), gen_random_uuid(), 'n', now()
     FROM generate_series(1, $2::int) AS n`,
    [id, messages],
  );
  return id;
}

async function leftOf(roomIds: string[]): Promise<{ rooms: number; messages: number }> {
  const { rows } = await world.pool.query<{ rooms: number; messages: number }>(
    `SELECT (SELECT count(*)::int FROM chat.rooms WHERE id = ANY($1)) AS rooms,
            (SELECT count(*)::int FROM chat.messages WHERE room_id = ANY($1)) AS messages`,
    [roomIds],
  );
  return at(rows, 0);
}

it("a long history goes in steps, none of which takes long, and the room with the last", async () => {
  const roomId = await emptyRoom(10_000);
  const step = () => database.transact((connection) => eraseSome(connection, roomId));
  expect(await step()).toBe(false);
  expect(await leftOf([roomId])).toEqual({ rooms: 1, messages: 5_000 });
  expect(await step()).toBe(false);
  expect(await step()).toBe(true);
  expect(await leftOf([roomId])).toEqual({ rooms: 0, messages: 0 });
});

it("a room that another node is busy with is passed over, not waited for", async () => {
  const roomIds = [await emptyRoom(10), await emptyRoom(10)].sort();
  const busy = await world.pool.connect();
  await busy.query("BEGIN");
  await busy.query("SELECT 1 FROM chat.rooms WHERE id = $1 FOR UPDATE", [at(roomIds, 0)]);
  expect(await eraseSomeOfEmptyRoom(database)).toBe(true);
  expect(await eraseSomeOfEmptyRoom(database)).toBe(false);
  expect(await leftOf(roomIds)).toEqual({ rooms: 1, messages: 10 });
  await busy.query("ROLLBACK");
  busy.release();
  expect(await eraseSomeOfEmptyRoom(database)).toBe(true);
  expect(await leftOf(roomIds)).toEqual({ rooms: 0, messages: 0 });
});
