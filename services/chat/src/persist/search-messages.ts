import type { Message } from "@moim/protocol";
import { type SQL, sql } from "drizzle-orm";
import { type Connection, type Database, rowsOf } from "./database.ts";
import { noSuchRoom } from "./no-such-room.ts";
import { type Count, type MessageRow, messageColumns, milliseconds, toMessage } from "./rows.ts";
import { searchTerms } from "./search-terms.ts";
import { type SearchPlace, type SearchWindow, searchWindows } from "./search-windows.ts";

/** A message's place in the order of a search: newest first, then by room and `seq`. */
export type SearchCursor = { at: number; roomId: string; seq: number };

export type Search = {
  query: string;
  /** Only this room, otherwise all of the user's. */
  roomId: string | undefined;
  after: SearchCursor | null;
  limit: number;
  /** At most so many messages are looked at for one page (a room always has one looked at). */
  messagesMax: number;
};

export type Found = { messages: Message[]; next: SearchCursor | null };

/** Below the pool's own bound: a search is the first to give way when the database is busy. */
const STATEMENT_TIMEOUT_MS = 2_000;

/**
 * Text messages that contain every word of the query anywhere, newest first, of what the user may
 * see. A page may hold fewer than `limit`, even none, while `next` is not null: the search has not
 * come to the end of what there is. Rejects with `not_found` for a room that the user is not in.
 *
 * The user's rooms are read along their primary key, newest first: no index on texts slows sending.
 * Relies on `created_at` never decreasing with `seq` within a room.
 */
export function searchMessages(database: Database, userId: string, search: Search): Promise<Found> {
  return database.transact(async (connection) => {
    await boundStatements(connection);
    const places = await readPlaces(connection, userId, search);
    if (search.roomId !== undefined && places.length === 0) throw noSuchRoom();
    const windows = searchWindows(places, search.messagesMax);
    const frontier = await readFrontier(connection, windows);
    const messages = await readMatches(connection, userId, search, windows, frontier);
    const page = messages.slice(0, search.limit);
    const last = page.at(-1);
    const isFull = messages.length > search.limit;
    return { messages: page, next: isFull && last ? cursorOf(last) : frontier };
  });
}

function cursorOf({ createdAt, roomId, seq }: Message): SearchCursor {
  return { at: createdAt, roomId, seq };
}

/**
 * For this transaction. A room's messages stand in the primary key in the order wanted, so that
 * reading stops at a full page; sorting all matches first, which the planner thinks cheaper for
 * rare words, is much slower for common ones.
 */
async function boundStatements(connection: Connection): Promise<void> {
  await connection.execute(
    sql`SELECT set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true),
               set_config('enable_bitmapscan', 'off', true)`,
  );
}

type PlaceRow = { room_id: string; history_from_seq: Count; upto: Count };

/** The user's rooms, each with what of it is visible and comes after the cursor. */
async function readPlaces(
  connection: Connection,
  userId: string,
  { roomId, after }: Search,
): Promise<SearchPlace[]> {
  const upto = after ? newestBefore(after) : sql`r.last_seq`;
  const rows = await rowsOf<PlaceRow>(
    connection,
    sql`SELECT member.room_id, member.history_from_seq, ${upto} AS upto
        FROM chat.members member JOIN chat.rooms r ON r.id = member.room_id
        WHERE member.user_id = ${userId}
          ${roomId === undefined ? sql`` : sql`AND member.room_id = ${roomId}`}`,
  );
  return rows.map((row) => ({
    roomId: row.room_id,
    from: Number(row.history_from_seq),
    upto: Number(row.upto),
  }));
}

/**
 * The newest visible `seq` of the room that comes after the cursor, by halving: `low` does, whatever
 * is over `high` does not. Some 20 look-ups in a room of a million messages.
 */
function newestBefore(cursor: SearchCursor): SQL {
  return sql`(
    WITH RECURSIVE halving (low, high) AS (
      SELECT member.history_from_seq - 1, r.last_seq
      UNION ALL
      SELECT CASE WHEN middle.is_after THEN middle.seq ELSE low END,
             CASE WHEN middle.is_after THEN high ELSE middle.seq - 1 END
      FROM halving CROSS JOIN LATERAL (
        SELECT m.seq, ${orderOf(sql`m`)} < ${orderOfCursor(cursor)} AS is_after
        FROM chat.messages m
        WHERE m.room_id = member.room_id AND m.seq = (low + high + 1) / 2
      ) AS middle
      WHERE low < high
    )
    SELECT low FROM halving WHERE low >= high)`;
}

/** The newest of the windows' lower ends: from there on every window has been looked through. */
async function readFrontier(
  connection: Connection,
  windows: readonly SearchWindow[],
): Promise<SearchCursor | null> {
  const cut = windows.filter((window) => window.isCut);
  if (cut.length === 0) return null;
  const [row] = await rowsOf<{ room_id: string; seq: Count; at: Count }>(
    connection,
    sql`SELECT m.room_id, m.seq, ${milliseconds(sql`m.created_at`)} AS at
        FROM unnest(${column(cut, "roomId")}::uuid[], ${column(cut, "low")}::int8[])
             AS cut (room_id, seq)
        JOIN chat.messages m ON m.room_id = cut.room_id AND m.seq = cut.seq
        ORDER BY ${newestFirst} LIMIT 1`,
  );
  return row ? { at: Number(row.at), roomId: row.room_id, seq: Number(row.seq) } : null;
}

async function readMatches(
  connection: Connection,
  userId: string,
  { query, limit }: Search,
  windows: readonly SearchWindow[],
  frontier: SearchCursor | null,
): Promise<Message[]> {
  const matching = sql.join(
    searchTerms(query).map((patterns) => sql`m.text ILIKE ANY(${sql.param(patterns)}::text[])`),
    sql` AND `,
  );
  const rows = await rowsOf<MessageRow>(
    connection,
    sql`SELECT ${messageColumns}
        FROM unnest(${column(windows, "roomId")}::uuid[], ${column(windows, "low")}::int8[],
                    ${column(windows, "high")}::int8[]) AS searched (room_id, low, high)
        JOIN chat.members member
          ON member.room_id = searched.room_id AND member.user_id = ${userId}
        CROSS JOIN LATERAL (
          SELECT * FROM chat.messages m
          WHERE m.room_id = searched.room_id AND m.seq BETWEEN searched.low AND searched.high
            AND m.seq >= member.history_from_seq
            AND m.kind = 'text' AND m.deleted_at IS NULL AND ${matching}
          ORDER BY m.seq DESC LIMIT ${limit + 1}
        ) AS m
        ${frontier ? sql`WHERE ${orderOf(sql`m`)} >= ${orderOfCursor(frontier)}` : sql``}
        ORDER BY ${newestFirst} LIMIT ${limit + 1}`,
  );
  return rows.map(toMessage);
}

const newestFirst: SQL = sql`m.created_at DESC, m.room_id DESC, m.seq DESC`;

function orderOf(table: SQL): SQL {
  return sql`(${table}.created_at, ${table}.room_id, ${table}.seq)`;
}

function orderOfCursor({ at, roomId, seq }: SearchCursor): SQL {
  return sql`(${new Date(at).toISOString()}::timestamptz, ${roomId}::uuid, ${seq}::int8)`;
}

function column<Key extends keyof SearchWindow>(windows: readonly SearchWindow[], key: Key) {
  return sql.param(windows.map((window) => window[key]));
}
