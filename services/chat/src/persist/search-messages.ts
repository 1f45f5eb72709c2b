import { Failure, type Message } from "@moim/protocol";
import { type SQL, sql } from "drizzle-orm";
import { type Connection, type Database, rowsOf } from "./database.ts";
import { noSuchRoom } from "./no-such-room.ts";
import { type Count, type MessageRow, messageColumns, milliseconds, toMessage } from "./rows.ts";
import { searchTerms } from "./search-terms.ts";
import { planSearch, type SearchPlace, type SearchWindow } from "./search-windows.ts";

/** A message's place in the order of a search: newest first, then by room and `seq`. */
export type SearchCursor = { at: number; roomId: string; seq: number };

export type Search = {
  query: string;
  /** Only this room, otherwise all of the user's. */
  roomId: string | undefined;
  after: SearchCursor | null;
  limit: number;
  /** At most so many messages are looked at for one page, or what one instant holds. */
  messagesMax: number;
  /** Of the time that the whole search may take, all its statements together. */
  leftMs(): number;
};

export type Found = { messages: Message[]; next: SearchCursor | null };

/** Below the pool's own bound: a search is the first to give way when the database is busy. */
const STATEMENT_TIMEOUT_MS = 2_000;

/**
 * Text messages that contain every word of the query anywhere, newest first, of what the user may
 * see. A page may hold fewer than `limit`, even none, while `next` is not null: the search has not
 * come to the end of what there is. Rejects with `not_found` for a room that the user is not in, and
 * with `unavailable` when the database is too slow for the time that is left.
 *
 * The user's rooms are read along their primary key, newest first: no index on texts slows sending.
 * Relies on `created_at` never decreasing with `seq` within a room.
 */
export function searchMessages(database: Database, userId: string, search: Search): Promise<Found> {
  return database.transactReading(async (connection) => {
    await planForSearch(connection);
    const placesAfter = async (after: SearchCursor | null) => {
      await boundStatement(connection, search.leftMs());
      return readPlaces(connection, userId, search.roomId, after);
    };
    const places = await placesAfter(search.after);
    if (search.roomId !== undefined && places.length === 0) throw noSuchRoom();
    const newest = Math.max(0, ...places.map((place) => place.lastActivityAt));
    const { windows, since } = await planSearch(
      places,
      search.messagesMax,
      search.after?.at ?? newest,
      async (at) => newestByRoom(await placesAfter(beginningOf(at))),
    );
    await boundStatement(connection, search.leftMs());
    const messages = await readMatches(connection, userId, search, windows);
    const page = messages.slice(0, search.limit);
    const last = page.at(-1);
    if (last && messages.length > search.limit) return { messages: page, next: cursorOf(last) };
    return { messages: page, next: since === null ? null : beginningOf(since) };
  });
}

/** What comes after it is older than the time. */
function beginningOf(at: number): SearchCursor {
  return { at, roomId: "00000000-0000-0000-0000-000000000000", seq: 0 };
}

function newestByRoom(places: readonly SearchPlace[]): Map<string, number> {
  return new Map(places.map((place) => [place.roomId, place.upto]));
}

function cursorOf({ createdAt, roomId, seq }: Message): SearchCursor {
  return { at: createdAt, roomId, seq };
}

/**
 * For this transaction. A room's messages stand in the primary key in the order wanted, so that
 * reading stops at a full page; sorting all matches first, which the planner thinks cheaper for
 * rare words, is much slower for common ones.
 */
async function planForSearch(connection: Connection): Promise<void> {
  await connection.execute(
    sql`SELECT set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true),
               set_config('enable_bitmapscan', 'off', true)`,
  );
}

/** Before each statement: many that are slow, each within its own bound, are slow together too. */
async function boundStatement(connection: Connection, leftMs: number): Promise<void> {
  if (leftMs < 1) {
    throw new Failure("unavailable", "the search took too long; try again", {
      retryAfterMs: 1_000,
    });
  }
  if (leftMs >= STATEMENT_TIMEOUT_MS) return;
  const timeout = String(Math.floor(leftMs));
  await connection.execute(sql`SELECT set_config('statement_timeout', ${timeout}, true)`);
}

type PlaceRow = {
  room_id: string;
  history_from_seq: Count;
  upto: Count;
  created_at: Count;
  last_activity_at: Count;
};

/** The user's rooms, each with what of it is visible and comes after the cursor. */
async function readPlaces(
  connection: Connection,
  userId: string,
  roomId: string | undefined,
  after: SearchCursor | null,
): Promise<(SearchPlace & { lastActivityAt: number })[]> {
  const rows = await rowsOf<PlaceRow>(
    connection,
    sql`SELECT member.room_id, member.history_from_seq,
               ${after ? newestAfter(after) : sql`r.last_seq`} AS upto,
               ${milliseconds(sql`r.created_at`)} AS created_at,
               ${milliseconds(sql`r.last_activity_at`)} AS last_activity_at
        FROM chat.members member JOIN chat.rooms r ON r.id = member.room_id
        WHERE member.user_id = ${userId}
          ${roomId === undefined ? sql`` : sql`AND member.room_id = ${roomId}`}`,
  );
  return rows.map((row) => ({
    roomId: row.room_id,
    from: Number(row.history_from_seq),
    upto: Number(row.upto),
    createdAt: Number(row.created_at),
    lastActivityAt: Number(row.last_activity_at),
  }));
}

/**
 * The newest visible `seq` of the room that comes after the cursor, by halving: `low` does, whatever
 * is over `high` does not. Some 20 look-ups in a room of a million messages.
 */
function newestAfter(cursor: SearchCursor): SQL {
  return sql`(
    WITH RECURSIVE halving (low, high) AS (
      SELECT member.history_from_seq - 1, r.last_seq
      UNION ALL
      SELECT CASE WHEN middle.is_after THEN middle.seq ELSE low END,
             CASE WHEN middle.is_after THEN high ELSE middle.seq - 1 END
      FROM halving CROSS JOIN LATERAL (
        SELECT m.seq, (m.created_at, m.room_id, m.seq) < ${orderOfCursor(cursor)} AS is_after
        FROM chat.messages m
        WHERE m.room_id = member.room_id AND m.seq = (low + high + 1) / 2
      ) AS middle
      WHERE low < high
    )
    SELECT low FROM halving WHERE low >= high)`;
}

async function readMatches(
  connection: Connection,
  userId: string,
  { query, limit }: Search,
  windows: readonly SearchWindow[],
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
        ORDER BY m.created_at DESC, m.room_id DESC, m.seq DESC LIMIT ${limit + 1}`,
  );
  return rows.map(toMessage);
}

function orderOfCursor({ at, roomId, seq }: SearchCursor): SQL {
  return sql`(${new Date(at).toISOString()}::timestamptz, ${roomId}::uuid, ${seq}::int8)`;
}

function column<Key extends keyof SearchWindow>(windows: readonly SearchWindow[], key: Key) {
  return sql.param(windows.map((window) => window[key]));
}
