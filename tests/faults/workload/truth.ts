import type { Message } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import { Client } from "pg";
import type { Listing, StoredRoom } from "../history/history.ts";

const RETRY_MS = 250;
const TRIES = 80;

/** From now on the database itself notes every `rev` that is committed, whoever commits it. */
export async function watchCommits(url: string): Promise<void> {
  await ask(url, async (client) => {
    await client.query(`
      CREATE SCHEMA faults;
      CREATE TABLE faults.commits (room_id uuid NOT NULL, rev int8 NOT NULL, seq int8 NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE INDEX ON faults.commits (room_id);
      CREATE FUNCTION faults.note_commit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'INSERT' OR OLD.rev IS DISTINCT FROM NEW.rev THEN
            INSERT INTO faults.commits (room_id, rev, seq) VALUES (NEW.room_id, NEW.rev, NEW.seq);
          END IF;
          RETURN NULL;
        END $$;
      CREATE TRIGGER note_commit AFTER INSERT OR UPDATE ON chat.messages
        FOR EACH ROW EXECUTE FUNCTION faults.note_commit();`);
  });
}

/** What is stored of these rooms, waiting for a database that is just coming back. */
export function readRooms(url: string, roomIds: readonly string[]): Promise<StoredRoom[]> {
  return patiently(url, async (client) => {
    const rooms: StoredRoom[] = [];
    for (const roomId of roomIds) rooms.push(await readRoom(client, roomId));
    return rooms;
  });
}

async function patiently<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask(url, work);
    } catch (error) {
      if (attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function readRoom(client: Client, roomId: string): Promise<StoredRoom> {
  // One snapshot: a change between two questions would look like a gap.
  const { rows } = await client.query(
    `SELECT r.last_seq, r.rev,
       (SELECT coalesce(jsonb_agg(to_jsonb(m) || jsonb_build_object(
            'created_ms', floor(extract(epoch FROM m.created_at) * 1000),
            'edited_ms', floor(extract(epoch FROM m.edited_at) * 1000),
            'deleted_ms', floor(extract(epoch FROM m.deleted_at) * 1000)) ORDER BY m.seq), '[]')
          FROM chat.messages m WHERE m.room_id = r.id) AS messages,
       (SELECT coalesce(jsonb_agg(to_jsonb(m)), '[]')
          FROM chat.members m WHERE m.room_id = r.id) AS members,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('rev', c.rev, 'seq', c.seq,
            'at', floor(extract(epoch FROM c.at) * 1000)) ORDER BY c.rev), '[]')
          FROM faults.commits c WHERE c.room_id = r.id) AS commits
     FROM chat.rooms r WHERE r.id = $1`,
    [roomId],
  );
  const [room] = rows;
  if (!room) throw new Error(`the room ${roomId} is gone`);
  return {
    roomId,
    lastSeq: Number(room.last_seq),
    rev: Number(room.rev),
    messages: room.messages.map(toMessage),
    members: room.members.map((member: Row) => ({
      userId: String(member.user_id),
      historyFromSeq: Number(member.history_from_seq),
      role: member.role === "owner" ? "owner" : "member",
    })),
    commits: room.commits,
  };
}

/** What the list of rooms has to say to each member of these, by room and user. */
export async function readListings(
  url: string,
  roomIds: readonly string[],
): Promise<ReadonlyMap<string, Listing>> {
  const { rows } = await patiently(url, (client) =>
    client.query(
      `SELECT m.room_id, m.user_id, r.title, m.is_muted, r.last_seq, m.read_seq,
         (SELECT least(count(*), $2) FROM chat.messages t
            WHERE t.room_id = r.id AND t.kind = 'text' AND t.deleted_at IS NULL
              AND t.seq > greatest(m.read_seq, m.history_from_seq - 1)
              AND t.sender_id <> m.user_id) AS unread
       FROM chat.members m JOIN chat.rooms r ON r.id = m.room_id WHERE r.id = ANY($1)`,
      [roomIds, PAGE_LIMITS.unread],
    ),
  );
  return new Map(
    rows.map((row: Row) => [
      `${row.room_id} ${row.user_id}`,
      {
        title: row.title === null ? null : String(row.title),
        isMuted: row.is_muted === true,
        lastSeq: Number(row.last_seq),
        readSeq: Number(row.read_seq),
        unread: Number(row.unread),
      },
    ]),
  );
}

type Row = Record<string, unknown>;

function toMessage(row: Row): Message {
  return {
    roomId: row.room_id,
    seq: row.seq,
    rev: row.rev,
    kind: row.kind,
    senderId: row.sender_id,
    clientId: row.client_id,
    text: row.text,
    notice: row.notice,
    replyTo: row.reply_to,
    reactions: row.reactions,
    editedAt: row.edited_ms,
    deletedAt: row.deleted_ms,
    createdAt: row.created_ms,
  } as Message;
}

export async function ask<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  // Its queries fail as well, and are asked again.
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
