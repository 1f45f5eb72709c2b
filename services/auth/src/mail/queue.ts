import type { Pool } from "pg";

/** A letter that this process has to itself for `LEASE_MS`. */
export type Claimed = {
  id: string;
  sealed: Buffer;
  /** This one included. */
  attempts: number;
  isExpired: boolean;
};

/** Longer than any attempt takes, so that no other process tries the same mail meanwhile. */
export const LEASE_MS = 90_000;

/**
 * Takes up to `max` letters that are due. Of many processes each gets others. Whoever dies with a
 * claimed letter leaves it to the others once the lease is over.
 */
export async function claim(pool: Pool, max: number): Promise<Claimed[]> {
  const { rows } = await pool.query<Claimed>(
    `UPDATE auth.mail_outbox
     SET attempts = attempts + 1, due_at = now() + $2 * interval '1 millisecond'
     WHERE id IN (
       SELECT id FROM auth.mail_outbox WHERE due_at <= now()
       ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING id, sealed, attempts, expires_at <= now() AS "isExpired"`,
    [max, LEASE_MS],
  );
  return rows;
}

/** It was delivered or given up: nothing of it stays. */
export async function remove(pool: Pool, id: string): Promise<void> {
  await pool.query("DELETE FROM auth.mail_outbox WHERE id = $1", [id]);
}

/** To be tried again after `delayMs`, or given up then if it has expired. */
export async function postpone(
  pool: Pool,
  { id, sealed }: Pick<Claimed, "id" | "sealed">,
  delayMs: number,
): Promise<void> {
  await pool.query(
    `UPDATE auth.mail_outbox
     SET due_at = least(now() + $2 * interval '1 millisecond', greatest(expires_at, now())),
         sealed = $3
     WHERE id = $1`,
    [id, delayMs, sealed],
  );
}

export async function countWaiting(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM auth.mail_outbox",
  );
  return rows[0]?.count ?? 0;
}
