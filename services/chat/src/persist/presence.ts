import { sql } from "drizzle-orm";
import { type Connection, rowsOf } from "./database.ts";
import { type Count, milliseconds } from "./rows.ts";

/** Somebody, and somebody they want to know about. */
export type Pair = { watcherId: string; userId: string };
export type Acquaintance = Pair & { lastSeenAt: number | null };
/** A user, and when they were online. */
export type Seen = { userId: string; at: number };

/**
 * Those pairs of which both share a room, with the time at which the other was last seen. A direct
 * room that one of them has left is none.
 */
export async function acquaintances(
  connection: Connection,
  pairs: readonly Pair[],
): Promise<Acquaintance[]> {
  const watcherIds = pairs.map(({ watcherId }) => watcherId);
  const userIds = pairs.map(({ userId }) => userId);
  // A direct room counts from its first message on: making one tells nobody, and must open nothing.
  // A lateral join with a limit: pair by pair through the indices, up to the first common room.
  const rows = await rowsOf<{ watcher_id: string; user_id: string; seen_at: Count | null }>(
    connection,
    sql`SELECT pair.watcher_id, pair.user_id, ${milliseconds(sql`seen.seen_at`)} AS seen_at
        FROM unnest(${sql.param(watcherIds)}::uuid[], ${sql.param(userIds)}::uuid[])
               AS pair (watcher_id, user_id)
        CROSS JOIN LATERAL (
          SELECT FROM chat.members own
          JOIN chat.members other ON other.room_id = own.room_id
          JOIN chat.rooms r ON r.id = own.room_id AND (r.kind = 'group' OR r.last_seq > 0)
          WHERE own.user_id = pair.watcher_id AND NOT own.is_hidden
            AND other.user_id = pair.user_id AND NOT other.is_hidden
          LIMIT 1
        ) AS common
        LEFT JOIN chat.last_seen seen ON seen.user_id = pair.user_id`,
  );
  return rows.map((row) => ({
    watcherId: row.watcher_id,
    userId: row.user_id,
    lastSeenAt: row.seen_at === null ? null : Number(row.seen_at),
  }));
}

/** Keeps the newest time of each user. In the order of ids, so that nodes do not deadlock. */
export async function storeLastSeen(connection: Connection, seen: readonly Seen[]): Promise<void> {
  await connection.execute(sql`
    INSERT INTO chat.last_seen (user_id, seen_at)
    SELECT user_id, to_timestamp(at / 1000.0)
    FROM unnest(${sql.param(seen.map(({ userId }) => userId))}::uuid[],
                ${sql.param(seen.map(({ at }) => at))}::float8[]) AS new (user_id, at)
    ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET seen_at = excluded.seen_at
    WHERE last_seen.seen_at < excluded.seen_at`);
}
