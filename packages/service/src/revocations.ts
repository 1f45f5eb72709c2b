import { sql } from "drizzle-orm";
import { index, pgSchema, timestamp, uuid } from "drizzle-orm/pg-core";
import type { Pool, PoolClient } from "pg";
import { z } from "zod";

/**
 * Sessions that were ended while access tokens of theirs may still be alive. The auth service
 * writes it, chat nodes read it: the one table that both know, hence its home here.
 */
export const revocations = pgSchema("auth").table(
  "revocations",
  {
    sessionId: uuid("session_id").primaryKey(),
    userId: uuid("user_id").notNull(),
    revokedAt: timestamp("revoked_at", { withTimezone: true, precision: 3 })
      .notNull()
      .default(sql`now()`),
    /** When the last access token of the session has expired; the row may go then. */
    expiresAt: timestamp("expires_at", { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [index("revocations_revoked_at").on(table.revokedAt)],
);

/** Redis channel that announces a revocation after its commit, as JSON of `Revocation`. */
export const REVOCATION_CHANNEL = "moim:revocations";

const revocation = z.object({
  sessionId: z.uuid(),
  userId: z.uuid(),
  expiresAt: z.number(),
  revokedAt: z.number().optional(),
});
/**
 * Milliseconds since the epoch: `expiresAt`, when its last access token has run out; `revokedAt`,
 * when the session ended, where that is known.
 */
export type Revocation = z.infer<typeof revocation>;

/** To be called when the session has just ended: says so unless `revokedAt` does. */
export function encodeRevocation(value: Revocation, now = Date.now()): string {
  return JSON.stringify({ revokedAt: now, ...value });
}

/** Undefined for anything that is not a revocation. */
export function decodeRevocation(text: string): Revocation | undefined {
  try {
    return revocation.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Written in the transaction that ends the sessions. Repeating it changes nothing. */
export async function recordRevocations(
  connection: Pool | PoolClient,
  entries: readonly Revocation[],
): Promise<void> {
  if (entries.length === 0) return;
  await connection.query(
    `INSERT INTO auth.revocations (session_id, user_id, expires_at)
     SELECT session_id, user_id, to_timestamp(expires_at / 1000.0)
     FROM unnest($1::uuid[], $2::uuid[], $3::float8[]) AS entry (session_id, user_id, expires_at)
     ON CONFLICT (session_id) DO NOTHING`,
    [
      entries.map((entry) => entry.sessionId),
      entries.map((entry) => entry.userId),
      entries.map((entry) => entry.expiresAt),
    ],
  );
}

/**
 * All that still matter, or only those of the last `withinMs`. A row becomes visible at its commit,
 * a little after the time that it carries: callers that poll ask with an overlap.
 */
export async function readRevocations(
  connection: Pool | PoolClient,
  withinMs?: number,
): Promise<Revocation[]> {
  const { rows } = await connection.query<{
    session_id: string;
    user_id: string;
    expires_at: Date;
    revoked_at: Date;
  }>(
    `SELECT session_id, user_id, expires_at, revoked_at FROM auth.revocations
     WHERE expires_at > now()
       AND ($1::float8 IS NULL OR revoked_at > now() - $1::float8 * interval '1 millisecond')`,
    [withinMs ?? null],
  );
  return rows.map((row) => ({
    sessionId: row.session_id,
    userId: row.user_id,
    expiresAt: row.expires_at.getTime(),
    revokedAt: row.revoked_at.getTime(),
  }));
}
