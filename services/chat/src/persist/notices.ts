import type { Message, Notice } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { type Connection, rowsOf } from "./database.ts";
import { noSuchRoom } from "./no-such-room.ts";
import { type Count, type MessageRow, messageColumns, toMessage } from "./rows.ts";

export type LockedRoom = {
  id: string;
  kind: "direct" | "group";
  lastSeq: number;
  rev: number;
  memberCount: number;
  createdBy: string;
};

/**
 * Locks a room's row until the transaction ends: the time line and the membership of one room
 * change one after the other. Rejects with `not_found` unless the user is a member.
 */
export async function lockRoom(
  connection: Connection,
  roomId: string,
  userId: string,
): Promise<LockedRoom> {
  const [row] = await rowsOf<{
    kind: "direct" | "group";
    last_seq: Count;
    rev: Count;
    member_count: number;
    created_by: string;
  }>(
    connection,
    sql`SELECT kind, last_seq, rev, member_count, created_by FROM chat.rooms
        WHERE id = ${roomId} FOR NO KEY UPDATE`,
  );
  // Asked only now: a removal that held the lock before us has happened.
  const [member] = await rowsOf(
    connection,
    sql`SELECT 1 FROM chat.members WHERE room_id = ${roomId} AND user_id = ${userId}`,
  );
  if (!row || !member) throw noSuchRoom();
  return {
    id: roomId,
    kind: row.kind,
    lastSeq: Number(row.last_seq),
    rev: Number(row.rev),
    memberCount: row.member_count,
    createdBy: row.created_by,
  };
}

/** Posts a notice as the locked room's next change. */
export async function appendNotice(
  connection: Connection,
  roomId: string,
  senderId: string,
  notice: Notice,
): Promise<Message> {
  const [row] = await rowsOf<MessageRow>(
    connection,
    sql`WITH moved AS (
          UPDATE chat.rooms
          SET last_seq = last_seq + 1, rev = rev + 1,
              last_activity_at =
                greatest(last_activity_at, date_trunc('milliseconds', clock_timestamp()))
          WHERE id = ${roomId}
          RETURNING id, last_seq, rev, last_activity_at
        )
        INSERT INTO chat.messages AS m (room_id, seq, rev, kind, sender_id, notice, created_at)
        SELECT id, last_seq, rev, 'notice', ${senderId}::uuid, ${JSON.stringify(notice)}::jsonb,
               last_activity_at
        FROM moved
        RETURNING ${messageColumns}`,
  );
  if (!row) throw noSuchRoom();
  return toMessage(row);
}
