import { sql } from "drizzle-orm";
import { type Connection, rowsOf } from "./database.ts";
import type { Count } from "./rows.ts";

/** Longer than any node reads back, but for one that lost the database: that one reads all anew. */
export const MEMBERSHIP_CHANGES_KEPT_MS = 10 * 60_000;

/** To be called in the transaction that changes the memberships of these users. */
export async function noteMembershipChanges(
  connection: Connection,
  userIds: readonly string[],
): Promise<void> {
  if (userIds.length === 0) return;
  await connection.execute(sql`
    INSERT INTO chat.membership_changes (user_id)
    SELECT user_id FROM unnest(${sql.param(userIds)}::uuid[]) AS changed (user_id)`);
}

export type MembershipChange = { id: number; userId: string };

/** Those of the last `withinMs` that are at least `settledMs` old. */
export async function recentMembershipChanges(
  connection: Connection,
  { withinMs, settledMs }: { withinMs: number; settledMs: number },
): Promise<MembershipChange[]> {
  const rows = await rowsOf<{ id: Count; user_id: string }>(
    connection,
    sql`SELECT id, user_id FROM chat.membership_changes
        WHERE changed_at > now() - ${withinMs}::float8 * interval '1 millisecond'
          AND changed_at < now() - ${settledMs}::float8 * interval '1 millisecond'`,
  );
  return rows.map((row) => ({ id: Number(row.id), userId: row.user_id }));
}

export async function forgetMembershipChanges(connection: Connection): Promise<void> {
  await connection.execute(sql`
    DELETE FROM chat.membership_changes
    WHERE changed_at < now() - ${MEMBERSHIP_CHANGES_KEPT_MS}::float8 * interval '1 millisecond'`);
}
