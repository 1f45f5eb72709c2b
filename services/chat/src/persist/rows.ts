import type { Member, Message, Notice, Room } from "@moim/protocol";
import { type Param, type SQL, sql } from "drizzle-orm";

/** 64-bit numbers arrive as text; ours stay far below 2^53. */
export type Count = string;

/** A point in time as milliseconds since the epoch, whatever the session's time zone. */
export function milliseconds(column: SQL): SQL {
  return sql`(extract(epoch FROM ${column}) * 1000)::int8`;
}

/**
 * An array of ids, numbers or instants as one parameter. The driver's own way looks through every element
 * for what has to be escaped: of these, nothing ever has.
 */
export function arrayOf(values: readonly (string | number | null)[]): Param {
  return sql.param(`{${JSON.stringify(values).slice(1, -1)}}`);
}

/** A message as statements of this folder select it, by `messageColumns`. */
export type MessageRow = {
  room_id: string;
  seq: Count;
  rev: Count;
  kind: "text" | "notice";
  sender_id: string;
  client_id: string | null;
  text: string | null;
  notice: Notice | null;
  reply_to: Count | null;
  reactions: Message["reactions"];
  edited_at: Count | null;
  deleted_at: Count | null;
  created_at: Count;
};

/** The columns of `MessageRow`, for a table named or aliased `m`. */
export const messageColumns: SQL = sql`m.room_id, m.seq, m.rev, m.kind, m.sender_id, m.client_id,
  m.text, m.notice, m.reply_to, m.reactions,
  ${milliseconds(sql`m.edited_at`)} AS edited_at,
  ${milliseconds(sql`m.deleted_at`)} AS deleted_at,
  ${milliseconds(sql`m.created_at`)} AS created_at`;

export function toMessage(row: MessageRow): Message {
  return {
    roomId: row.room_id,
    seq: Number(row.seq),
    rev: Number(row.rev),
    kind: row.kind,
    senderId: row.sender_id,
    clientId: row.client_id,
    text: row.text,
    notice: row.notice,
    replyTo: row.reply_to === null ? null : Number(row.reply_to),
    reactions: row.reactions,
    editedAt: row.edited_at === null ? null : Number(row.edited_at),
    deletedAt: row.deleted_at === null ? null : Number(row.deleted_at),
    createdAt: Number(row.created_at),
  };
}

export type MemberRow = {
  room_id: string;
  user_id: string;
  role: "owner" | "member";
  read_seq: Count;
  joined_at: Count;
};

export function toMember(row: MemberRow): Member {
  return {
    userId: row.user_id,
    role: row.role,
    readSeq: Number(row.read_seq),
    joinedAt: Number(row.joined_at),
  };
}

export type RoomRow = {
  id: string;
  kind: "direct" | "group";
  title: string | null;
  member_count: number;
  last_seq: Count;
  rev: Count;
  created_at: Count;
};

/** The columns of `RoomRow`, for a table named or aliased `r`. */
export const roomColumns: SQL = sql`r.id, r.kind, r.title, r.member_count, r.last_seq, r.rev,
  ${milliseconds(sql`r.created_at`)} AS created_at`;

export function toRoom(row: RoomRow, members: Member[]): Room {
  return {
    id: row.id,
    kind: row.kind,
    title: row.title,
    members,
    memberCount: row.member_count,
    lastSeq: Number(row.last_seq),
    rev: Number(row.rev),
    createdAt: Number(row.created_at),
  };
}

/** Rows by the value of one of their columns, in the order of their first appearance. */
export function groupBy<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
