import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Seeded } from "../../bench/seed-database.ts";
import { MESSAGES_PER_SEARCH } from "../../src/handle/search.ts";
import { appendMessages } from "../../src/persist/append-messages.ts";
import type { Database } from "../../src/persist/database.ts";
import { headsOf, markRead, membershipsOf } from "../../src/persist/membership.ts";
import { countUnread, getRoom, listRooms } from "../../src/persist/rooms.ts";
import { searchMessages } from "../../src/persist/search-messages.ts";
import { pageMessages, syncRooms } from "../../src/persist/timeline.ts";

export type HotQuery = { name: string; run(database: Database): Promise<unknown> };

type Place = { roomId: string; rev: number; lastSeq: number };

/** What people do all day, each by the very functions that do it, for a usual person. */
export async function hotQueries(pool: pg.Pool, seeded: Seeded): Promise<HotQuery[]> {
  const userId = seeded.usual;
  const places = await placesOf(pool, userId);
  const largest = [...places].sort((a, b) => b.lastSeq - a.lastSeq)[0];
  const [newest] = places;
  if (!largest || !newest) throw new Error("the usual person is in no room");
  const { roomId } = largest;
  const middle = Math.floor(largest.lastSeq / 2);
  const search = {
    query: "제주도",
    roomId: undefined,
    after: null,
    limit: 50,
    leftMs: () => 60_000,
    messagesMax: MESSAGES_PER_SEARCH,
  };
  return [
    {
      name: "room list, first page",
      run: (database) => database.read((db) => listRooms(db, userId, { after: null, limit: 50 })),
    },
    {
      name: "room list, next page",
      run: (database) =>
        database.read((db) =>
          listRooms(db, userId, { after: { at: Date.now(), roomId }, limit: 50 }),
        ),
    },
    {
      name: "unread total",
      run: (database) => database.read((db) => countUnread(db, userId)),
    },
    { name: "one room", run: (database) => database.read((db) => getRoom(db, roomId, userId)) },
    {
      name: "newest page",
      run: (database) => database.read((db) => pageMessages(db, roomId, userId, { limit: 100 })),
    },
    {
      name: "page before",
      run: (database) =>
        database.read((db) => pageMessages(db, roomId, userId, { before: middle, limit: 100 })),
    },
    {
      name: "page after",
      run: (database) =>
        database.read((db) => pageMessages(db, roomId, userId, { after: middle, limit: 100 })),
    },
    {
      name: "sync of 40 rooms",
      run: (database) =>
        database.read((db) =>
          syncRooms(
            db,
            userId,
            places
              .slice(0, 40)
              .map((place) => ({ roomId: place.roomId, rev: Math.max(0, place.rev - 5) })),
          ),
        ),
    },
    {
      name: "append, 60 sends in 20 rooms",
      run: (database) =>
        appendMessages(
          database,
          Array.from({ length: 60 }, (_, index) => ({
            roomId: places[index % 20]?.roomId ?? roomId,
            senderId: userId,
            clientId: randomUUID(),
            text: `안녕하세요 ${index}`,
            replyTo: null,
          })),
        ),
    },
    {
      name: "memberships at connecting",
      run: (database) => database.read((db) => membershipsOf(db, [userId])),
    },
    {
      name: "heads of 50 rooms",
      run: (database) =>
        database.read((db) =>
          headsOf(
            db,
            places.slice(0, 50).map((place) => place.roomId),
          ),
        ),
    },
    {
      name: "read mark",
      run: (database) => database.read((db) => markRead(db, roomId, userId, largest.lastSeq)),
    },
    {
      name: "search, all rooms",
      run: (database) => searchMessages(database, userId, search),
    },
    {
      name: "search, going on in all rooms",
      run: (database) =>
        searchMessages(database, userId, {
          ...search,
          after: { at: Date.now() - 30 * 86_400_000, roomId, seq: 1 },
        }),
    },
  ];
}

/** The person's rooms, those of the newest activity first. */
async function placesOf(pool: pg.Pool, userId: string): Promise<Place[]> {
  const { rows } = await pool.query<{ id: string; rev: string; last_seq: string }>(
    `SELECT r.id, r.rev, r.last_seq FROM chat.members member
     JOIN chat.rooms r ON r.id = member.room_id
     WHERE member.user_id = $1 ORDER BY r.last_activity_at DESC`,
    [userId],
  );
  return rows.map((row) => ({
    roomId: row.id,
    rev: Number(row.rev),
    lastSeq: Number(row.last_seq),
  }));
}
