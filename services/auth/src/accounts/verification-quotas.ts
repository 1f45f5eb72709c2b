import { eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { verificationQuotas } from "../db/schema.ts";

const DAY_MS = 24 * 3_600_000;

/** Per address and day, however many codes were mailed: who always guesses needs some 90 years. */
const FAILED_ATTEMPTS_MAX = 30;
/** Per address and day: enough for people, too few to flood somebody's mailbox. */
const MAILS_MAX = 20;

/** A day begins with the first thing counted. */
export type Quota = { mayMail: boolean; mayAttempt: boolean };

export async function readQuota(database: Database, email: string, now: number): Promise<Quota> {
  const [found] = await database
    .select()
    .from(verificationQuotas)
    .where(eq(verificationQuotas.email, email));
  if (found === undefined || found.expiresAt.getTime() <= now) {
    return { mayMail: true, mayAttempt: true };
  }
  return {
    mayMail: found.mails < MAILS_MAX,
    mayAttempt: found.failedAttempts < FAILED_ATTEMPTS_MAX,
  };
}

/** In one statement, so that nothing is lost when several count at once. */
export async function countAgainstQuota(
  database: Database,
  email: string,
  what: "mail" | "failed-attempt",
  now: number,
): Promise<void> {
  const first = {
    mails: what === "mail" ? 1 : 0,
    failedAttempts: what === "mail" ? 0 : 1,
    expiresAt: new Date(now + DAY_MS),
  };
  const { mails, failedAttempts, expiresAt } = verificationQuotas;
  const isOver = sql`${expiresAt} <= ${new Date(now).toISOString()}::timestamptz`;
  const unlessOver = (next: SQL, first: SQL) =>
    sql`CASE WHEN ${isOver} THEN ${first} ELSE ${next} END`;
  await database
    .insert(verificationQuotas)
    .values({ email, ...first })
    .onConflictDoUpdate({
      target: verificationQuotas.email,
      set: {
        mails: unlessOver(sql`${mails} + excluded.mails`, sql`excluded.mails`),
        failedAttempts: unlessOver(
          sql`${failedAttempts} + excluded.failed_attempts`,
          sql`excluded.failed_attempts`,
        ),
        expiresAt: unlessOver(sql`${expiresAt}`, sql`excluded.expires_at`),
      },
    });
}
