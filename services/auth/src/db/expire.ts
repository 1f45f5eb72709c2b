import type { Pool } from "pg";

const INTERVAL_MS = 3_600_000;
/** Of one statement, so that none locks or writes for long. */
const ROWS_MAX = 10_000;

/** In this order: a session's tokens hang on it. Ended or not, what has expired serves nothing. */
const STATEMENTS = [
  expired("auth.refresh_tokens", "token_hash"),
  expired("auth.sessions", "id", "access_expires_at < now()"),
  expired("auth.revocations", "session_id"),
  expired("auth.verification_codes", "(purpose, email)"),
  expired("auth.signing_keys", "kid"),
  expired("auth.password_resets", "email"),
  expired("auth.quotas", "(purpose, email, source)"),
];

function expired(table: string, key: string, condition = "true"): string {
  const columns = key.replace(/[()]/g, "");
  return `DELETE FROM ${table} WHERE ${key} IN
    (SELECT ${columns} FROM ${table} WHERE expires_at < now() AND ${condition} LIMIT ${ROWS_MAX})`;
}

/**
 * Deletes what has expired, all of it: tokens come by the hundred thousand an hour, and what a round left
 * behind would pile up. Safe in many processes at once.
 */
export async function deleteExpired(pool: Pool): Promise<void> {
  for (const statement of STATEMENTS) {
    let deleted: number | null;
    do ({ rowCount: deleted } = await pool.query(statement));
    while (deleted === ROWS_MAX);
  }
}

/** Every hour, until the returned function is called. */
export function deleteExpiredRegularly(
  pool: Pool,
  onFailure: (error: unknown) => void,
): () => void {
  const timer = setInterval(() => {
    deleteExpired(pool).catch(onFailure);
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
