import type { Room } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { type Connection, type Database, rowsOf } from "./database.ts";
import { lockRoom } from "./notices.ts";
import { roomForUser } from "./rooms.ts";

/** In a locked room without an owner, the longest-standing member becomes it. */
export async function appointOwner(connection: Connection, roomId: string): Promise<void> {
  await connection.execute(sql`
    UPDATE chat.members SET role = 'owner'
    WHERE room_id = ${roomId}
      AND NOT EXISTS (SELECT FROM chat.members WHERE room_id = ${roomId} AND role = 'owner')
      AND user_id = (SELECT user_id FROM chat.members WHERE room_id = ${roomId}
                     ORDER BY joined_at, user_id LIMIT 1)`);
}

/** Who comes after whom. Undefined where there is no owner, as in direct rooms. */
export type Succession = { ownerId: string; heirIds: string[] };

/** The owner, and at most `limit` others in the order of joining. */
export async function successionOf(
  connection: Connection,
  roomId: string,
  limit: number,
): Promise<Succession | undefined> {
  const rows = await rowsOf<{ user_id: string; role: "owner" | "member" }>(
    connection,
    sql`SELECT user_id, role FROM chat.members WHERE room_id = ${roomId}
        ORDER BY role = 'owner' DESC, joined_at, user_id LIMIT ${limit + 1}`,
  );
  const [owner, ...heirs] = rows;
  if (owner?.role !== "owner") return undefined;
  return { ownerId: owner.user_id, heirIds: heirs.map((row) => row.user_id) };
}

/**
 * Makes another member the owner in place of the present one. Resolves to the room as the user sees it,
 * or to undefined when meanwhile one of the two is no longer what they were.
 */
export function passOwnership(
  database: Database,
  roomId: string,
  userId: string,
  { fromId, toId }: { fromId: string; toId: string },
): Promise<Room | undefined> {
  return database.transact(async (connection) => {
    await lockRoom(connection, roomId, userId);
    const rows = await rowsOf(
      connection,
      sql`UPDATE chat.members SET role = CASE WHEN user_id = ${toId} THEN 'owner' ELSE 'member' END
          WHERE room_id = ${roomId} AND user_id IN (${fromId}::uuid, ${toId}::uuid)
            AND EXISTS (SELECT FROM chat.members
                        WHERE room_id = ${roomId} AND user_id = ${fromId} AND role = 'owner')
            AND EXISTS (SELECT FROM chat.members WHERE room_id = ${roomId} AND user_id = ${toId})
          RETURNING user_id`,
    );
    return rows.length === 2 ? roomForUser(connection, roomId, userId) : undefined;
  });
}
