import { type Revocation, recordRevocations } from "@moim/service";
import { and, eq, isNull, ne, type SQL } from "drizzle-orm";
import type { Transaction } from "../db/database.ts";
import { sessions } from "../db/schema.ts";
import { revocationExpiresAt } from "./lifetimes.ts";

/** Which of a user's sessions end. A session of another user is never touched. */
export type Ending =
  | { which: "one"; sessionId: string }
  | { which: "all-but"; sessionId: string }
  | { which: "all" };

/**
 * Marks the sessions as ended and records their revocations, in the caller's transaction. Returns
 * what is to be published after its commit: nothing for sessions that had ended before.
 */
export async function endSessions(
  { database, connection }: Transaction,
  userId: string,
  ending: Ending,
  now: number,
): Promise<Revocation[]> {
  const ended = await database
    .update(sessions)
    .set({ revokedAt: new Date(now) })
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt), chosen(ending)))
    .returning({ id: sessions.id, accessExpiresAt: sessions.accessExpiresAt });
  const revocations = ended.map(({ id, accessExpiresAt }) => ({
    sessionId: id,
    userId,
    expiresAt: revocationExpiresAt(accessExpiresAt),
  }));
  await recordRevocations(connection, revocations);
  return revocations;
}

function chosen(ending: Ending): SQL | undefined {
  switch (ending.which) {
    case "one":
      return eq(sessions.id, ending.sessionId);
    case "all-but":
      return ne(sessions.id, ending.sessionId);
    case "all":
      return undefined;
  }
}
