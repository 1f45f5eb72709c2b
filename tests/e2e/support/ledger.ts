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

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
