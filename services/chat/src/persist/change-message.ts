import { Failure, LIMITS, type Message } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { type Connection, type Database, rowsOf } from "./database.ts";
import { lockRoom } from "./notices.ts";
import { type MessageRow, messageColumns, toMessage } from "./rows.ts";

export type MessagePlace = { roomId: string; seq: number };

/** Nothing `changed`: nobody is told. */
export type MessageChange = { message: Message; changed: boolean };

/** Its author's only. Editing to the same text changes nothing. */
export function editMessage(
  database: Database,
  place: MessagePlace,
  userId: string,
  text: string,
): Promise<MessageChange> {
  return changeMessage(database, place, userId, ({ message }) => {
    if (message.senderId !== userId) throw new Failure("forbidden", "not your message");
    if (message.deletedAt !== null) throw new Failure("conflict", "the message has been deleted");
    return message.text === text ? null : { ...message, text, editedAt: "now" };
  });
}

/** Its author's or the room owner's. Text and reactions are erased, the place stays. */
export function deleteMessage(
  database: Database,
  place: MessagePlace,
  userId: string,
): Promise<MessageChange> {
  return changeMessage(database, place, userId, ({ message, isOwner }) => {
    if (message.senderId !== userId && !isOwner) {
      throw new Failure("forbidden", "neither your message nor your room");
    }
    if (message.deletedAt !== null) return null;
    return { ...message, text: null, reactions: [], deletedAt: "now" };
  });
}

export type Reaction = { emoji: string; on: boolean };

/** Reacting twice, or taking back what is not there, changes nothing. */
export function reactToMessage(
  database: Database,
  place: MessagePlace,
  userId: string,
  reaction: Reaction,
): Promise<MessageChange> {
  return changeMessage(database, place, userId, ({ message }) => {
    if (message.deletedAt !== null) throw new Failure("conflict", "the message has been deleted");
    const reactions = withReaction(message.reactions, userId, reaction);
    return reactions === null ? null : { ...message, reactions };
  });
}

type Reactions = Message["reactions"];

function withReaction(
  reactions: Reactions,
  userId: string,
  { emoji, on }: Reaction,
): Reactions | null {
  const present = reactions.find((reaction) => reaction.emoji === emoji);
  if ((present?.userIds.includes(userId) ?? false) === on) return null;
  const total = reactions.reduce((sum, reaction) => sum + reaction.userIds.length, 0);
  if (on && total >= LIMITS.reactions) {
    throw new Failure("too_large", `a message has at most ${LIMITS.reactions} reactions`);
  }
  if (!present) {
    if (reactions.length >= LIMITS.reactionEmojis) {
      throw new Failure("too_large", `a message has at most ${LIMITS.reactionEmojis} emojis`);
    }
    return [...reactions, { emoji, userIds: [userId] }];
  }
  const userIds = on ? [...present.userIds, userId] : present.userIds.filter((id) => id !== userId);
  return reactions
    .map((reaction) => (reaction === present ? { emoji, userIds } : reaction))
    .filter((reaction) => reaction.userIds.length > 0);
}

type Changed = Omit<Message, "editedAt" | "deletedAt"> & {
  editedAt: number | "now" | null;
  deletedAt: number | "now" | null;
};
type Decide = (found: { message: Message; isOwner: boolean }) => Changed | null;

/**
 * Changes one message under its room's lock, as the room's next `rev`. Rejects with `not_found`
 * when the user is no member or may not see the message, and with `forbidden` for a notice.
 */
function changeMessage(
  database: Database,
  { roomId, seq }: MessagePlace,
  userId: string,
  decide: Decide,
): Promise<MessageChange> {
  return database.transact(async (connection) => {
    await lockRoom(connection, roomId, userId);
    const found = await findVisible(connection, roomId, seq, userId);
    if (found.message.kind === "notice") throw new Failure("forbidden", "a notice stays as it is");
    const wanted = decide(found);
    if (!wanted) return { message: found.message, changed: false };
    return { message: await storeChange(connection, wanted), changed: true };
  });
}

async function findVisible(
  connection: Connection,
  roomId: string,
  seq: number,
  userId: string,
): Promise<{ message: Message; isOwner: boolean }> {
  const [row] = await rowsOf<MessageRow & { role: "owner" | "member" }>(
    connection,
    sql`SELECT ${messageColumns}, member.role
        FROM chat.messages m
        JOIN chat.members member ON member.room_id = m.room_id AND member.user_id = ${userId}
        WHERE m.room_id = ${roomId} AND m.seq = ${seq} AND m.seq >= member.history_from_seq`,
  );
  if (!row) throw new Failure("not_found", "no such message");
  return { message: toMessage(row), isOwner: row.role === "owner" };
}

async function storeChange(connection: Connection, wanted: Changed): Promise<Message> {
  const [row] = await rowsOf<MessageRow>(
    connection,
    sql`WITH moved AS (
          UPDATE chat.rooms SET rev = rev + 1 WHERE id = ${wanted.roomId} RETURNING rev
        )
        UPDATE chat.messages m
        SET rev = moved.rev, text = ${wanted.text},
            reactions = ${JSON.stringify(wanted.reactions)}::jsonb,
            edited_at = CASE WHEN ${wanted.editedAt === "now"} THEN clock_timestamp()
                             ELSE m.edited_at END,
            deleted_at = CASE WHEN ${wanted.deletedAt === "now"} THEN clock_timestamp()
                              ELSE m.deleted_at END
        FROM moved
        WHERE m.room_id = ${wanted.roomId} AND m.seq = ${wanted.seq}
        RETURNING ${messageColumns}`,
  );
  if (!row) throw new Error("a locked room lost a message");
  return toMessage(row);
}
