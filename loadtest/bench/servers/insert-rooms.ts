import type { Pool } from "pg";
import type { Room } from "./server.ts";

const ROWS_PER_STATEMENT = 50_000;

/** Puts groups with their members where Moim keeps them: asking for each would take longer than the bench. */
export async function insertRooms(pool: Pool, rooms: readonly Room[]): Promise<void> {
  await pool.query(
    `INSERT INTO chat.rooms (id, kind, created_by, creation_id, member_count)
     SELECT id, 'group', gen_random_uuid(), gen_random_uuid(), size
     FROM unnest($1::uuid[], $2::int[]) AS room (id, size)`,
    [rooms.map(({ id }) => id), rooms.map(({ userIds }) => userIds.length)],
  );
  const members = rooms.flatMap(({ id, userIds }) => userIds.map((userId) => ({ id, userId })));
  for (let start = 0; start < members.length; start += ROWS_PER_STATEMENT) {
    const part = members.slice(start, start + ROWS_PER_STATEMENT);
    await pool.query(
      `INSERT INTO chat.members (room_id, user_id, role)
       SELECT room_id, user_id, 'member' FROM unnest($1::uuid[], $2::uuid[]) AS member (room_id, user_id)`,
      [part.map(({ id }) => id), part.map(({ userId }) => userId)],
    );
  }
  await pool.query("ANALYZE chat.rooms, chat.members");
}

const OLD_ROOMS = 5_000;

/** Messages that were said long ago, by many, in rooms of which nobody is here. */
export async function fillMessages(pool: Pool, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
     SELECT md5('room' || number % $2)::uuid, number / $2 + 1, number / $2 + 1, 'text',
            md5('user' || number % 20000)::uuid, gen_random_uuid(),
            'a sentence of the usual length, number ' || number, now() - interval '1 day'
     FROM generate_series(0, $1 - 1) AS number`,
    [count, OLD_ROOMS],
  );
  await pool.query("VACUUM ANALYZE chat.messages");
  await pool.query("CHECKPOINT");
}
