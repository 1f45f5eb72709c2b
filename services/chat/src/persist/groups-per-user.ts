import { Failure } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { type Connection, rowsOf } from "./database.ts";

/**
 * Rejects with `too_large` when one of the users is in as many groups as one can be. Two who invite at the same
 * moment may both find the last place free: the bound is against floods, and does not need a lock.
 */
export async function requirePlaceInGroups(
  connection: Connection,
  userIds: readonly string[],
  groupsPerUser: number,
): Promise<void> {
  const [full] = await rowsOf<{ user_id: string }>(
    connection,
    sql`SELECT user_id FROM unnest(${sql.param(userIds)}::uuid[]) AS joining (user_id)
        WHERE (SELECT count(*) FROM (
                 SELECT FROM chat.members member JOIN chat.rooms r ON r.id = member.room_id
                 WHERE member.user_id = joining.user_id AND r.kind = 'group'
                 LIMIT ${groupsPerUser}
               ) AS counted) >= ${groupsPerUser}
        LIMIT 1`,
  );
  if (!full) return;
  const message = `${full.user_id} is in ${groupsPerUser} groups, as many as one can be`;
  throw new Failure("too_large", message, { errors: [{ path: "userIds", message }] });
}
