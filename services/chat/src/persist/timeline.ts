import { type Message, PAGE_LIMITS, type SyncedRoom } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { type Connection, rowsOf } from "./database.ts";
import { noSuchRoom } from "./no-such-room.ts";
import { type Count, groupBy, type MessageRow, messageColumns, toMessage } from "./rows.ts";

export type Page = { before?: number | undefined; after?: number | undefined; limit: number };

/** Changes in one answer over all its rooms: some hundred kilobytes of ordinary chat. */
const SYNC_CHANGES_PER_ANSWER = 1_000;
/**
 * An answer that is too large for a slow link would be cut off with its socket (1 MiB may wait), come
 * again with the next try, and be cut off again.
 */
const PAGE_BYTES_MAX = 256 * 1024;
/** What a message takes beside its text: ids, times, names of fields. */
const MESSAGE_BYTES = 400;

/** As many as fit, at least one: half of nothing would never end. */
function withinBytes(messages: Message[], bytesMax: number): Message[] {
  let bytes = 0;
  const tooMany = messages.findIndex((message, index) => {
    bytes += bytesOf(message);
    return bytes > bytesMax && index > 0;
  });
  return tooMany === -1 ? messages : messages.slice(0, tooMany);
}

function bytesOf(message: Message): number {
  const reactions = message.reactions.length === 0 ? 0 : JSON.stringify(message.reactions).length;
  return MESSAGE_BYTES + Buffer.byteLength(message.text ?? "") + reactions;
}

/**
 * One page of what the user may see, ascending: before or after a place, otherwise the newest.
 * `rev` and the messages are of one snapshot. Rejects with `not_found` for strangers.
 */
export async function pageMessages(
  connection: Connection,
  roomId: string,
  userId: string,
  page: Page,
): Promise<{ messages: Message[]; rev: number; hasMore: boolean }> {
  const range =
    page.after !== undefined
      ? sql`AND m.seq > ${page.after} ORDER BY m.seq ASC`
      : sql`AND m.seq < ${page.before ?? Number.MAX_SAFE_INTEGER} ORDER BY m.seq DESC`;
  const rows = await rowsOf<MessageRow & { room_rev: Count; seq: Count | null }>(
    connection,
    sql`SELECT r.rev AS room_rev, m.*
        FROM chat.members member
        JOIN chat.rooms r ON r.id = member.room_id
        LEFT JOIN LATERAL (
          SELECT ${messageColumns} FROM chat.messages m
          WHERE m.room_id = r.id AND m.seq >= member.history_from_seq ${range}
          LIMIT ${page.limit + 1}
        ) AS m ON true
        WHERE member.room_id = ${roomId} AND member.user_id = ${userId}`,
  );
  const [first] = rows;
  if (!first) throw noSuchRoom();
  const found = rows.filter((row) => row.seq !== null);
  // Nearest first: what does not fit is the far end.
  const messages = withinBytes(found.slice(0, page.limit).map(toMessage), PAGE_BYTES_MAX);
  const hasMore = found.length > messages.length;
  if (page.after === undefined) messages.reverse();
  return { messages, rev: Number(first.room_rev), hasMore };
}

type KnownRoom = { roomId: string; rev: number };
type SyncRow = { room_id: string; room_rev: Count | null; joined_rev: Count | null };

/**
 * What changed in each room after the `rev` that a client holds, of what the user may see: exactly
 * that, edits of old messages included. Rooms in the order asked for.
 */
export async function syncRooms(
  connection: Connection,
  userId: string,
  known: readonly KnownRoom[],
): Promise<SyncedRoom[]> {
  const rooms = await rowsOf<SyncRow>(
    connection,
    sql`SELECT known.room_id, r.rev AS room_rev, member.joined_rev
        FROM unnest(${sql.param(known.map((room) => room.roomId))}::uuid[])
             WITH ORDINALITY AS known (room_id, place)
        LEFT JOIN chat.members member
          ON member.room_id = known.room_id AND member.user_id = ${userId}
        LEFT JOIN chat.rooms r ON r.id = member.room_id
        ORDER BY known.place`,
  );
  const plans = planSync(known, rooms);
  const changes = await readChanges(connection, userId, plans);
  let bytesLeft = PAGE_BYTES_MAX;
  return plans.map((plan) => {
    const all = changes.get(plan.roomId) ?? [];
    const taken = bytesLeft > 0 ? withinBytes(all, bytesLeft) : [];
    for (const change of taken) bytesLeft -= bytesOf(change);
    return answerOf(plan, taken, taken.length < all.length);
  });
}

type Plan =
  | { state: "gone"; roomId: string }
  | { state: "reset"; roomId: string; head: number }
  | { state: "changes"; roomId: string; rev: number; head: number; limit: number };

function planSync(known: readonly KnownRoom[], rows: readonly SyncRow[]): Plan[] {
  let remaining = SYNC_CHANGES_PER_ANSWER;
  return known.map(({ roomId, rev }, index): Plan => {
    const row = rows[index];
    if (!row || row.room_rev === null || row.joined_rev === null) return { state: "gone", roomId };
    const head = Number(row.room_rev);
    // Ahead of the room: the database was restored. Before joining: messages between are missing.
    const isContiguous = rev <= head && (rev === 0 || rev >= Number(row.joined_rev));
    if (!isContiguous || head - rev > PAGE_LIMITS.syncChangesBehind) {
      return { state: "reset", roomId, head };
    }
    const limit = Math.min(PAGE_LIMITS.syncChanges, head - rev, remaining);
    remaining -= limit;
    return { state: "changes", roomId, rev, head, limit };
  });
}

/** In the order of `rev`, so that a change committed since the plan comes last and leaves no hole. */
async function readChanges(
  connection: Connection,
  userId: string,
  plans: readonly Plan[],
): Promise<Map<string, Message[]>> {
  const wanted = plans.flatMap((plan) =>
    plan.state === "changes" && plan.limit > 0 ? [plan] : [],
  );
  if (wanted.length === 0) return new Map();
  const rows = await rowsOf<MessageRow>(
    connection,
    sql`SELECT m.*
        FROM unnest(${sql.param(wanted.map((plan) => plan.roomId))}::uuid[],
                    ${sql.param(wanted.map((plan) => plan.rev))}::int8[],
                    ${sql.param(wanted.map((plan) => plan.limit))}::int4[])
             AS wanted (room_id, rev, max)
        JOIN chat.members member
          ON member.room_id = wanted.room_id AND member.user_id = ${userId}
        CROSS JOIN LATERAL (
          SELECT ${messageColumns} FROM chat.messages m
          WHERE m.room_id = wanted.room_id AND m.rev > wanted.rev
            AND m.seq >= member.history_from_seq
          ORDER BY m.rev LIMIT wanted.max
        ) AS m
        ORDER BY m.room_id, m.rev`,
  );
  return groupBy(rows.map(toMessage), (message) => message.roomId);
}

/** `isCut`: there would have been more changes, but no room for them. */
function answerOf(plan: Plan, changes: Message[], isCut: boolean): SyncedRoom {
  const { roomId } = plan;
  switch (plan.state) {
    case "gone":
      return { roomId, gone: true };
    case "reset":
      return { roomId, rev: plan.head, changes: [], more: false, reset: true };
    case "changes": {
      // Fewer than the limit: the rest up to the head is nothing that this user may see.
      const isAll = !isCut && plan.limit > 0 && changes.length < plan.limit;
      const isComplete = plan.rev === plan.head || isAll;
      const last = changes.at(-1)?.rev ?? plan.rev;
      const rev = isComplete ? Math.max(plan.head, last) : last;
      return { roomId, rev, changes, more: rev < plan.head, reset: false };
    }
  }
}
