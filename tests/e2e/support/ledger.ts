import pg from "pg";

/** A message or notice as the database holds it. */
export type Row = {
  seq: number;
  kind: "text" | "notice";
  senderId: string;
  clientId: string | null;
  text: string | null;
};

/** What has really been stored. */
export class Ledger {
  readonly #pool: pg.Pool;

  constructor(postgresUrl: string) {
    this.#pool = new pg.Pool({ connectionString: postgresUrl, max: 2 });
    // The server is stopped after us; what it says to idle connections then is of no interest.
    this.#pool.on("error", () => {});
  }

  /** A room's time line, in order. */
  async room(roomId: string): Promise<Row[]> {
    const { rows } = await this.#pool.query<Row>(
      `SELECT seq::int, kind, sender_id AS "senderId", client_id AS "clientId", text
       FROM chat.messages WHERE room_id = $1 ORDER BY seq`,
      [roomId],
    );
    return rows;
  }

  /**
   * Continues a room by so many messages of its members in turn, of one to many lines, a minute
   * apart up to now; one long word in a hundred. Nobody is told: nobody may have the room open.
   */
  async fill(roomId: string, count: number): Promise<void> {
    await this.#pool.query(
      `WITH room AS (SELECT last_seq, rev FROM chat.rooms WHERE id = $1),
       people AS (SELECT array_agg(user_id) AS ids FROM chat.members WHERE room_id = $1),
       said AS (INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
         SELECT $1, room.last_seq + n, room.rev + n, 'text',
                people.ids[1 + (n / 3) % cardinality(people.ids)], gen_random_uuid(),
                'line ' || n || repeat(' and so on', (n * 7 % 31)::int) ||
                  CASE WHEN n % 100 = 0 THEN repeat('ㅋ', 120) ELSE '' END,
                now() - ($2 - n) * interval '20 seconds'
         FROM room, people, generate_series(1, $2::int) AS n)
       UPDATE chat.rooms SET last_seq = last_seq + $2, rev = rev + $2 WHERE id = $1`,
      [roomId, count],
    );
  }

  /**
   * Groups of two people, called "room 1" and so on, each quiet for a minute longer than the one
   * before; every tenth has two messages that the reader has not read. Nobody is told.
   */
  async fillRooms(reader: string, other: string, count: number): Promise<void> {
    await this.#pool.query(
      `WITH people AS (SELECT (SELECT id FROM auth.users WHERE nickname = $1) AS reader,
                              (SELECT id FROM auth.users WHERE nickname = $2) AS other),
       rooms AS (INSERT INTO chat.rooms (id, kind, title, created_by, creation_id, last_seq, rev,
                                         member_count, last_activity_at)
         SELECT gen_random_uuid(), 'group', 'room ' || n, people.other, gen_random_uuid(), 2, 2, 2,
                now() - n * interval '1 minute'
         FROM people, generate_series(1, $3::int) AS n
         RETURNING id, last_activity_at, substr(title, 6)::int AS n),
       said AS (INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
         SELECT rooms.id, seq, seq, 'text', people.other, gen_random_uuid(), 'word ' || seq,
                rooms.last_activity_at
         FROM people, rooms, generate_series(1, 2) AS seq)
       INSERT INTO chat.members (room_id, user_id, role, read_seq)
       SELECT rooms.id, member.id, member.role,
              CASE WHEN member.id = people.reader AND rooms.n % 10 = 0 THEN 0 ELSE 2 END
       FROM people, rooms, LATERAL (VALUES (people.other, 'owner'), (people.reader, 'member'))
            AS member (id, role)`,
      [reader, other, count],
    );
  }

  /** Up to where somebody has read a room. */
  async readSeq(roomId: string, nickname: string): Promise<number | undefined> {
    const { rows } = await this.#pool.query<{ read: number }>(
      `SELECT read_seq::int AS read FROM chat.members
       WHERE room_id = $1 AND user_id = (SELECT id FROM auth.users WHERE nickname = $2)`,
      [roomId, nickname],
    );
    return rows[0]?.read;
  }

  /** As if so many people were in the room. */
  async claimMembers(roomId: string, count: number): Promise<void> {
    await this.#pool.query("UPDATE chat.rooms SET member_count = $2 WHERE id = $1", [
      roomId,
      count,
    ]);
  }

  /** Puts so many more into the room, of whom nothing else is known. */
  async addStrangers(roomId: string, count: number): Promise<void> {
    await this.#pool.query(
      `WITH added AS (INSERT INTO chat.members (room_id, user_id, role, read_seq)
         SELECT $1, gen_random_uuid(), 'member', 0 FROM generate_series(1, $2::int))
       UPDATE chat.rooms SET member_count = member_count + $2 WHERE id = $1`,
      [roomId, count],
    );
  }

  /** Everybody in the room has read everything. */
  async markAllRead(roomId: string): Promise<void> {
    await this.#pool.query(
      `UPDATE chat.members SET read_seq = (SELECT last_seq FROM chat.rooms WHERE id = $1)
       WHERE room_id = $1`,
      [roomId],
    );
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
