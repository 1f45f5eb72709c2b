import { z } from "zod";
import { rev, seq, timestamp, uuid } from "./values.ts";

/**
 * A change of the room that the time line shows. Data, not prose: clients word it in the
 * reader's language.
 */
export const notice = z.object({
  type: z.enum(["created", "invited", "left", "removed", "renamed"]),
  userIds: z.array(uuid).optional(),
  title: z.string().optional(),
});
export type Notice = z.infer<typeof notice>;

export const message = z.object({
  roomId: uuid,
  seq,
  /** The room's `rev` at this message's latest change. */
  rev,
  kind: z.enum(["text", "notice"]),
  senderId: uuid,
  clientId: uuid.nullable(),
  text: z.string().nullable(),
  notice: notice.nullable(),
  /** The `seq` of the message that this one answers. */
  replyTo: seq.nullable(),
  reactions: z.array(z.object({ emoji: z.string(), userIds: z.array(uuid) })),
  editedAt: timestamp.nullable(),
  deletedAt: timestamp.nullable(),
  createdAt: timestamp,
});
export type Message = z.infer<typeof message>;

export const member = z.object({
  userId: uuid,
  role: z.enum(["owner", "member"]),
  readSeq: z.int().min(0),
  joinedAt: timestamp,
});
export type Member = z.infer<typeof member>;

export const room = z.object({
  id: uuid,
  kind: z.enum(["direct", "group"]),
  title: z.string().nullable(),
  /** At most 100, the reader's own among them. */
  members: z.array(member),
  memberCount: z.int(),
  lastSeq: z.int().min(0),
  rev,
  createdAt: timestamp,
});
export type Room = z.infer<typeof room>;

/** `muted`: only where it is the reader who has just muted the room, or no longer mutes it. */
export const changedRoom = room.extend({ muted: z.boolean().optional() });
export type ChangedRoom = z.infer<typeof changedRoom>;

/** A room as one member sees it. */
export const roomSummary = room.extend({
  readSeq: z.int().min(0),
  /** Text messages by others after `readSeq`, not deleted, counted up to 100. */
  unread: z.int().min(0),
  lastMessage: message.nullable(),
  muted: z.boolean(),
});
export type RoomSummary = z.infer<typeof roomSummary>;
