import type { Pool, PoolClient } from "pg";

export type LoneSend = { roomId: string; senderId: string; clientId: string; text: string };

/**
 * What group commit is compared with: one transaction for one send, by the same driver, with the same
 * locks, checks and rows, in as few statements as the task allows. Resolves once it is durable.
 */
export async function appendAlone(pool: Pool, send: LoneSend): Promise<void> {
  const connection = await pool.connect();
  try {
    await connection.query("BEGIN");
    await append(connection, send);
    await connection.query("COMMIT");
  } finally {
    connection.release();
  }
}

async function append(
  connection: PoolClient,
  { roomId, senderId, clientId, text }: LoneSend,
): Promise<void> {
  const room = await connection.query<{ last_seq: string; rev: string }>(
    "SELECT last_seq, rev FROM chat.rooms WHERE id = $1 FOR NO KEY UPDATE",
    [roomId],
  );
  const facts = await connection.query<{ seq: string | null }>(
    `SELECT message.seq FROM chat.members member
     LEFT JOIN chat.messages message ON message.room_id = member.room_id
       AND message.sender_id = member.user_id AND message.client_id = $3
     WHERE member.room_id = $1 AND member.user_id = $2`,
    [roomId, senderId, clientId],
  );
  const [locked] = room.rows;
  const [fact] = facts.rows;
  if (!locked || !fact) throw new Error("no such room");
  const seq = Number(locked.last_seq) + 1;
  await connection.query(
    `WITH inserted AS (
       INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
       VALUES ($1, $4, $5, 'text', $2, $3, $6, clock_timestamp())
     ), moved AS (
       UPDATE chat.rooms SET last_seq = $4, rev = $5, last_activity_at = clock_timestamp()
       WHERE id = $1
     )
     UPDATE chat.members SET read_seq = greatest(read_seq, $4), is_hidden = false
     WHERE room_id = $1 AND user_id = $2`,
    [roomId, senderId, clientId, seq, Number(locked.rev) + 1, text],
  );
}
