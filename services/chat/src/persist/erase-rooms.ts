import { sql } from "drizzle-orm";
import { type Connection, type Database, rowsOf } from "./database.ts";

/** Messages deleted in one statement: well within the time that a statement may take. */
const ERASED_AT_ONCE = 5_000;

/**
 * Deletes some messages of a locked room that nobody is in any more, and with the last of them the
 * room. Resolves to whether it is gone. However long a history is, no statement takes long.
 */
export async function eraseSome(connection: Connection, roomId: string): Promise<boolean> {
  // A range of places, which are without gaps, and no list of them: where most rooms are short, Postgres
  // would take a long one for short, and compare each of its messages with each of the list.
  const { rowCount } = await connection.execute(sql`
    DELETE FROM chat.messages WHERE room_id = ${roomId} AND seq < ${ERASED_AT_ONCE} + (
      SELECT min(seq) FROM chat.messages WHERE room_id = ${roomId})`);
  if (rowCount === ERASED_AT_ONCE) return false;
  await connection.execute(sql`DELETE FROM chat.rooms WHERE id = ${roomId}`);
  return true;
}

/**
 * Goes on with a room that was left by its last member, whoever began: a node that is killed in the
 * middle leaves nothing behind for ever. Nodes that do so at once take different rooms. Resolves to
 * whether there was such a room.
 */
export function eraseSomeOfEmptyRoom(database: Database): Promise<boolean> {
  return database.transact(async (connection) => {
    const [room] = await rowsOf<{ id: string }>(
      connection,
      sql`SELECT id FROM chat.rooms WHERE member_count = 0 ORDER BY id LIMIT 1
          FOR UPDATE SKIP LOCKED`,
    );
    if (!room) return false;
    await eraseSome(connection, room.id);
    return true;
  });
}
