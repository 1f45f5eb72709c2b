import { Failure, type Member, type Message, type Room } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { type Connection, type Database, rowsOf } from "./database.ts";
import { noSuchRoom } from "./no-such-room.ts";
import { appendNotice, lockRoom } from "./notices.ts";
import { roomForUser } from "./rooms.ts";
import { type MemberRow, milliseconds, toMember } from "./rows.ts";

/** Any member of a group may. The same title again changes nothing. */
export function renameRoom(
  database: Database,
  roomId: string,
  userId: string,
  title: string,
): Promise<{ room: Room; notice: Message | null }> {
  return database.transact(async (connection) => {
    const { kind } = await lockRoom(connection, roomId, userId);
    if (kind !== "group") throw new Failure("forbidden", "a direct room has no title");
    const rows = await rowsOf(
      connection,
      sql`UPDATE chat.rooms SET title = ${title}
          WHERE id = ${roomId} AND title IS DISTINCT FROM ${title} RETURNING id`,
    );
    const notice =
      rows.length === 0
        ? null
        : await appendNotice(connection, roomId, userId, { type: "renamed", title });
    return { room: await roomForUser(connection, roomId, userId), notice };
  });
}

/** Only this member's own devices treat the room otherwise. Rejects with `not_found`. */
export async function muteRoom(
  connection: Connection,
  roomId: string,
  userId: string,
  muted: boolean,
): Promise<void> {
  const rows = await rowsOf(
    connection,
    sql`UPDATE chat.members SET is_muted = ${muted}
        WHERE room_id = ${roomId} AND user_id = ${userId} RETURNING user_id`,
  );
  if (rows.length === 0) throw noSuchRoom();
}

/** A place among a room's members, who stand in the order of joining. */
export type MemberCursor = { at: number; userId: string };

/** Rejects with `not_found` for strangers. */
export async function listMembers(
  connection: Connection,
  roomId: string,
  userId: string,
  page: { after: MemberCursor | null; limit: number },
): Promise<{ members: Member[]; next: MemberCursor | null }> {
  await requireMember(connection, roomId, userId);
  const after = page.after
    ? sql`AND (joined_at, user_id) > (${new Date(page.after.at).toISOString()}::timestamptz,
                                      ${page.after.userId}::uuid)`
    : sql``;
  const rows = await rowsOf<MemberRow>(
    connection,
    sql`SELECT room_id, user_id, role, read_seq, ${milliseconds(sql`joined_at`)} AS joined_at
        FROM chat.members member WHERE room_id = ${roomId} ${after}
        ORDER BY member.joined_at, user_id LIMIT ${page.limit + 1}`,
  );
  const members = rows.slice(0, page.limit).map(toMember);
  const last = members.at(-1);
  return {
    members,
    next: last && rows.length > page.limit ? { at: last.joinedAt, userId: last.userId } : null,
  };
}

/** `isListed`: a direct room is not, before something has been said in it. */
export async function requireMember(
  connection: Connection,
  roomId: string,
  userId: string,
): Promise<{ isListed: boolean }> {
  const [row] = await rowsOf<{ is_listed: boolean }>(
    connection,
    sql`SELECT r.kind = 'group' OR r.last_seq > 0 AS is_listed
        FROM chat.members member JOIN chat.rooms r ON r.id = member.room_id
        WHERE member.room_id = ${roomId} AND member.user_id = ${userId}`,
  );
  if (!row) throw noSuchRoom();
  return { isListed: row.is_listed };
}
