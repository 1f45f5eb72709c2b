import type { Notice } from "@moim/protocol";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

export const chat = pgSchema("chat");

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const count = (name: string) => bigint(name, { mode: "number" });

export const rooms = chat.table(
  "rooms",
  {
    id: uuid("id").primaryKey(),
    kind: text("kind", { enum: ["direct", "group"] }).notNull(),
    title: text("title"),
    /** Both user ids of a direct room, the lower first: at most one room per pair. */
    directPair: text("direct_pair"),
    createdBy: uuid("created_by").notNull(),
    /** The creator's `clientId` of a group: a repeated creation finds the first. */
    creationId: uuid("creation_id"),
    /** The newest place in the time line. Read and moved only under this row's lock. */
    lastSeq: count("last_seq").notNull().default(0),
    /** The count of lasting changes. Read and moved only under this row's lock. */
    rev: count("rev").notNull().default(0),
    memberCount: integer("member_count").notNull(),
    lastActivityAt: instant("last_activity_at").notNull().default(sql`now()`),
    createdAt: instant("created_at").notNull().default(sql`now()`),
  },
  (table) => [
    uniqueIndex("rooms_direct_pair").on(table.directPair),
    uniqueIndex("rooms_creation").on(table.createdBy, table.creationId),
    // Rooms whose last member has left and whose messages are being deleted: mostly none.
    index("rooms_empty").on(table.id).where(sql`${table.memberCount} = 0`),
    check("rooms_kind", sql`${table.kind} IN ('direct', 'group')`),
  ],
);

export const members = chat.table(
  "members",
  {
    roomId: uuid("room_id")
      .notNull()
      .references(() => rooms.id, { onDelete: "cascade" }),
    userId: uuid("user_id").notNull(),
    role: text("role", { enum: ["owner", "member"] }).notNull(),
    readSeq: count("read_seq").notNull().default(0),
    /** The first place this member may see. */
    historyFromSeq: count("history_from_seq").notNull().default(1),
    /** The room's `rev` when the member joined: what a client held before is not contiguous. */
    joinedRev: count("joined_rev").notNull().default(0),
    /** A direct room that the member has left, until the next message. */
    isHidden: boolean("is_hidden").notNull().default(false),
    isMuted: boolean("is_muted").notNull().default(false),
    joinedAt: instant("joined_at").notNull().default(sql`now()`),
  },
  (table) => [
    primaryKey({ columns: [table.roomId, table.userId] }),
    index("members_user").on(table.userId),
    check("members_role", sql`${table.role} IN ('owner', 'member')`),
  ],
);

export const messages = chat.table(
  "messages",
  {
    // No foreign key: every writer holds the room's row locked, so the check could only cost time.
    roomId: uuid("room_id").notNull(),
    seq: count("seq").notNull(),
    rev: count("rev").notNull(),
    kind: text("kind", { enum: ["text", "notice"] }).notNull(),
    senderId: uuid("sender_id").notNull(),
    clientId: uuid("client_id"),
    text: text("text"),
    notice: jsonb("notice").$type<Notice>(),
    replyTo: count("reply_to"),
    reactions: jsonb("reactions")
      .$type<{ emoji: string; userIds: string[] }[]>()
      .notNull()
      .default([]),
    editedAt: instant("edited_at"),
    deletedAt: instant("deleted_at"),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.roomId, table.seq] }),
    // Catch-up reads a room by rev; being unique it also proves that no two changes share one.
    uniqueIndex("messages_rev").on(table.roomId, table.rev),
    // Sending is idempotent for ever.
    uniqueIndex("messages_client_id").on(table.roomId, table.senderId, table.clientId),
    check("messages_kind", sql`${table.kind} IN ('text', 'notice')`),
  ],
);

/** When somebody was last known to be online. Written in batches, and never by a message. */
export const lastSeen = chat.table("last_seen", {
  userId: uuid("user_id").primaryKey(),
  seenAt: instant("seen_at").notNull(),
});

/**
 * Whose memberships changed lately. Written with the change itself, so that every node finds out
 * though the announcement was lost; rows go after some minutes.
 */
export const membershipChanges = chat.table(
  "membership_changes",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    userId: uuid("user_id").notNull(),
    changedAt: instant("changed_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [index("membership_changes_changed_at").on(table.changedAt)],
);
