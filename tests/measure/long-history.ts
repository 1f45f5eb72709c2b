import pg from "pg";

/**
 * Fills a room with messages behind the services' back, as if they had been said a second apart:
 * through the door it would take an hour. Must come before anybody has the room open.
 */
export async function fillRoom(
  postgresUrl: string,
  roomId: string,
  messages: number,
): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
       SELECT $1, n, n, 'text', senders.ids[1 + (n / 3) % cardinality(senders.ids)],
              gen_random_uuid(),
              'message ' || n || repeat(' and something more to say', (n * 7 % 5)::int),
              now() - make_interval(secs => ($2 - n))
       FROM generate_series((SELECT last_seq + 1 FROM chat.rooms WHERE id = $1), $2::bigint) AS n,
            (SELECT array_agg(user_id ORDER BY user_id) AS ids
             FROM chat.members WHERE room_id = $1) AS senders`,
      [roomId, messages],
    );
    await client.query("UPDATE chat.rooms SET last_seq = $2, rev = $2 WHERE id = $1", [
      roomId,
      messages,
    ]);
    await client.query("UPDATE chat.members SET read_seq = $2 WHERE room_id = $1", [
      roomId,
      messages,
    ]);
  } finally {
    await client.end();
  }
}
