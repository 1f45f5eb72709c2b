import { Failure } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { type Connection, rowsOf } from "./database.ts";

export type GroupLimits = {
  /** Groups that one user can be in; and, of their own making, be those as they may, as many. */
  perUser: number;
  /** Of these, groups that the same other person made. */
  perUserAndMaker: number;
};

/** Whom a group of `makerId` is to hold from now on. */
export type Joining = { makerId: string; userIds: readonly string[] };

/**
 * Rejects with `too_large` when one of those whom others bring in has no place left: in as many groups as one can
 * be, or in as many of this maker's. The latter so that nobody alone fills somebody's places, with whosever hands.
 * Two who invite at the same moment may both find the last place free: the bound is against floods, and does not
 * need a lock.
 */
export async function requirePlaceInGroups(
  connection: Connection,
  { makerId, userIds }: Joining,
  limits: GroupLimits,
): Promise<void> {
  const [full] = await rowsOf<{ user_id: string }>(
    connection,
    sql`SELECT joining.user_id FROM unnest(${sql.param(userIds)}::uuid[]) AS joining (user_id)
        CROSS JOIN LATERAL (
          SELECT count(*) AS "all", count(*) FILTER (WHERE created_by = ${makerId}) AS makers
          FROM (
            SELECT r.created_by FROM chat.members member JOIN chat.rooms r ON r.id = member.room_id
            WHERE member.user_id = joining.user_id AND r.kind = 'group'
            LIMIT ${limits.perUser}
          ) AS counted
        ) AS present
        WHERE present."all" >= ${limits.perUser}
           OR (present.makers >= ${limits.perUserAndMaker} AND joining.user_id <> ${makerId})
        LIMIT 1`,
  );
  if (full)
    throw noPlace(`${full.user_id} is in as many groups as one can be, or as one person can make`);
}

/**
 * Rejects with `too_large` when somebody is in as many groups of their own making as one can be. What others brought
 * them into does not count, or strangers could keep them from it.
 */
export async function requirePlaceForOwnGroup(
  connection: Connection,
  userId: string,
  { perUser }: GroupLimits,
): Promise<void> {
  const [row] = await rowsOf<{ isFull: boolean }>(
    connection,
    sql`SELECT count(*) >= ${perUser} AS "isFull" FROM (
          SELECT FROM chat.members member JOIN chat.rooms r ON r.id = member.room_id
          WHERE member.user_id = ${userId} AND r.kind = 'group' AND r.created_by = ${userId}
          LIMIT ${perUser}
        ) AS counted`,
  );
  if (row?.isFull)
    throw noPlace(`you are in ${perUser} groups that you made, as many as one can be`);
}

function noPlace(message: string): Failure {
  return new Failure("too_large", message, { errors: [{ path: "userIds", message }] });
}
