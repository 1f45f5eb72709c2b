import type { Pool } from "pg";

/** When the last access token of all live sessions runs out; 0 when there are none. */
export async function lastAccessExpiry(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ last: Date | null }>(
    "SELECT max(access_expires_at) AS last FROM auth.sessions WHERE revoked_at IS NULL",
  );
  return rows[0]?.last?.getTime() ?? 0;
}
