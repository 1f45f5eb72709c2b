import { type Member, PAGE_LIMITS, type Room, type RoomSummary } from "@moim/protocol";
import { type SQL, sql } from "drizzle-orm";
import { type Connection, rowsOf } from "./database.ts";
import { noSuchRoom } from "./no-such-room.ts";
import {
  type Count,
  groupBy,
  type MemberRow,
  type MessageRow,
  milliseconds,
  type RoomRow,
  roomColumns,
  toMember,
  toMessage,
  toRoom,
} from "./rows.ts";

type RoomOfUser = { roomId: string; userId: string };

/**
 * Rooms as given users see them: up to 100 members, the user's own entry always among them.
 * Rooms that do not exist are left out. Two statements, however many rooms.
 */
export async function roomsForUsers(
  connection: Connection,
  pairs: readonly RoomOfUser[],
): Promise<{ userId: string; room: Room }[]> {
  if (pairs.length === 0) return [];
  const roomIds = [...new Set(pairs.map((pair) => pair.roomId))];
  const rows = await rowsOf<RoomRow>(
    connection,
    sql`SELECT ${roomColumns} FROM chat.rooms r WHERE r.id = ANY(${sql.param(roomIds)}::uuid[])`,
  );
  const rowById = new Map(rows.map((row) => [row.id, row]));
  const membersOf = await firstMembers(connection, roomIds, [
    ...new Set(pairs.map((pair) => pair.userId)),
  ]);
  return pairs.flatMap(({ roomId, userId }) => {
    const row = rowById.get(roomId);
    return row ? [{ userId, room: toRoom(row, membersOf(roomId, userId)) }] : [];
  });
}

export async function roomForUser(
  connection: Connection,
  roomId: string,
  userId: string,
): Promise<Room> {
  const [found] = await roomsForUsers(connection, [{ roomId, userId }]);
  if (!found) throw noSuchRoom();
  return found.room;
}

/** The longest-standing members of each room, and the given users' own entries. */
async function firstMembers(
  connection: Connection,
  roomIds: readonly string[],
  userIds: readonly string[],
): Promise<(roomId: string, userId: string) => Member[]> {
  const rows = await rowsOf<MemberRow & { place: Count }>(
    connection,
    sql`SELECT * FROM (
          SELECT room_id, user_id, role, read_seq, ${milliseconds(sql`joined_at`)} AS joined_at,
                 row_number() OVER (PARTITION BY room_id ORDER BY joined_at, user_id) AS place
          FROM chat.members WHERE room_id = ANY(${sql.param(roomIds)}::uuid[])
        ) AS placed
        WHERE place <= ${PAGE_LIMITS.summaryMembers}
           OR user_id = ANY(${sql.param(userIds)}::uuid[])
        ORDER BY room_id, place`,
  );
  const byRoom = groupBy(rows, (row) => row.room_id);
  return (roomId, userId) => {
    const all = byRoom.get(roomId) ?? [];
    const first = all.filter((row) => Number(row.place) <= PAGE_LIMITS.summaryMembers);
    const own = all.find((row) => row.user_id === userId);
    if (own && !first.includes(own)) first[first.length - 1] = own;
    return first.map(toMember);
  };
}

type SummaryRow = RoomRow & { read_seq: Count; unread: Count; is_muted: boolean } & {
  last_activity_at: Count;
} & { [Key in keyof Omit<MessageRow, "created_at" | "rev" | "kind">]: MessageRow[Key] | null } & {
  message_kind: MessageRow["kind"] | null;
  message_rev: Count | null;
  message_created_at: Count | null;
};

/** Others' text messages after the read mark, counted no further than anybody is shown. */
export const unreadOfMember: SQL = sql`(
  SELECT count(*) FROM (
    SELECT FROM chat.messages unread
    WHERE unread.room_id = member.room_id
      AND unread.seq > greatest(member.read_seq, member.history_from_seq - 1)
      AND unread.kind = 'text' AND unread.sender_id <> member.user_id
      AND unread.deleted_at IS NULL
    LIMIT ${PAGE_LIMITS.unread}
  ) AS counted)`;

/** A room stands in a member's list unless hidden, or direct and without a word yet. */
const isListed: SQL = sql`NOT member.is_hidden AND (r.kind = 'group' OR r.last_seq > 0)`;

const summaryColumns: SQL = sql`${roomColumns}, member.read_seq, member.is_muted,
  ${milliseconds(sql`r.last_activity_at`)} AS last_activity_at, ${unreadOfMember} AS unread,
  m.room_id, m.seq, m.sender_id, m.client_id, m.text, m.notice, m.reply_to, m.reactions,
  ${milliseconds(sql`m.edited_at`)} AS edited_at,
  ${milliseconds(sql`m.deleted_at`)} AS deleted_at,
  m.kind AS message_kind, m.rev AS message_rev,
  ${milliseconds(sql`m.created_at`)} AS message_created_at`;

const summaryTables: SQL = sql`chat.members member
  JOIN chat.rooms r ON r.id = member.room_id
  LEFT JOIN chat.messages m ON m.room_id = r.id AND m.seq = r.last_seq
    AND m.seq >= member.history_from_seq`;

/** Newest activity first. */
export async function listRooms(
  connection: Connection,
  userId: string,
  page: { after: RoomCursor | null; limit: number },
): Promise<{ rooms: RoomSummary[]; next: RoomCursor | null }> {
  const after = page.after
    ? sql`AND (r.last_activity_at, r.id) < (${new Date(page.after.at).toISOString()}::timestamptz, ${page.after.roomId}::uuid)`
    : sql``;
  const rows = await rowsOf<SummaryRow>(
    connection,
    sql`SELECT ${summaryColumns} FROM ${summaryTables}
        WHERE member.user_id = ${userId} AND ${isListed} ${after}
        ORDER BY r.last_activity_at DESC, r.id DESC LIMIT ${page.limit + 1}`,
  );
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    rooms: await withMembers(connection, shown, userId),
    next:
      last && rows.length > page.limit
        ? { at: Number(last.last_activity_at), roomId: last.id }
        : null,
  };
}

/** A place in a user's room list; `at` is the room's last activity in milliseconds. */
export type RoomCursor = { at: number; roomId: string };

/** Rejects with `not_found` for a room that does not exist or that the user is not in. */
export async function getRoom(
  connection: Connection,
  roomId: string,
  userId: string,
): Promise<RoomSummary> {
  const room = await findRoom(connection, roomId, userId);
  if (!room) throw noSuchRoom();
  return room;
}

/** Undefined for a room that does not exist or that the user is not in. */
export async function findRoom(
  connection: Connection,
  roomId: string,
  userId: string,
): Promise<RoomSummary | undefined> {
  const rows = await rowsOf<SummaryRow>(
    connection,
    sql`SELECT ${summaryColumns} FROM ${summaryTables}
        WHERE member.user_id = ${userId} AND member.room_id = ${roomId}`,
  );
  const [room] = await withMembers(connection, rows, userId);
  return room;
}

/** Unread messages over all rooms in the user's list. */
export async function countUnread(connection: Connection, userId: string): Promise<number> {
  const [row] = await rowsOf<{ total: Count }>(
    connection,
    sql`SELECT coalesce(sum(${unreadOfMember}), 0) AS total
        FROM chat.members member JOIN chat.rooms r ON r.id = member.room_id
        WHERE member.user_id = ${userId} AND r.last_seq > member.read_seq AND ${isListed}`,
  );
  return Number(row?.total ?? 0);
}

async function withMembers(
  connection: Connection,
  rows: readonly SummaryRow[],
  userId: string,
): Promise<RoomSummary[]> {
  if (rows.length === 0) return [];
  const membersOf = await firstMembers(
    connection,
    rows.map((row) => row.id),
    [userId],
  );
  return rows.map((row) => ({
    ...toRoom(row, membersOf(row.id, userId)),
    readSeq: Number(row.read_seq),
    unread: Number(row.unread),
    lastMessage: lastMessageOf(row),
    muted: row.is_muted,
  }));
}

function lastMessageOf(row: SummaryRow): RoomSummary["lastMessage"] {
  const { room_id, seq, sender_id, reactions, message_kind, message_rev, message_created_at } = row;
  if (!room_id || !seq || !sender_id || !reactions) return null;
  if (!message_kind || !message_rev || !message_created_at) return null;
  return toMessage({
    ...row,
    room_id,
    seq,
    sender_id,
    reactions,
    kind: message_kind,
    rev: message_rev,
    created_at: message_created_at,
  });
}
