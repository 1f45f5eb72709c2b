import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { quotas } from "../db/schema.ts";

export type Purpose = "sign-up" | "password-reset";

/** Who asks for what: `source` is the network address that the request came from. */
export type Asking = { purpose: Purpose; email: string; source: string };

const DAY_MS = 24 * 3_600_000;
const EVERYBODY = "";

type Bounds = { mails: number; failedAttempts: number };

/**
 * Per mail address, purpose and day. Thirty wrong codes: who always guesses needs some 90 years.
 * Twenty mails: enough for people, too few to flood somebody's mailbox.
 */
const ALL_SOURCES_MAX: Bounds = { mails: 20, failedAttempts: 30 };
/** One source alone never uses up what there is for all, so it cannot lock the owner out. */
const ONE_SOURCE_MAX: Bounds = { mails: 10, failedAttempts: 15 };

/** A day begins with the first thing counted. */
export type Quota = { mayMail: boolean; mayAttempt: boolean };

/**
 * Who asks for the same waits here until the caller's transaction ends: otherwise many who ask at once
 * would all read what is left before any of them has counted. Needed where no row is locked anyway.
 */
export async function lockQuota(database: Database, { purpose, email }: Asking): Promise<void> {
  const name = `auth.quotas ${purpose} ${email}`;
  await database.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

export async function readQuota(database: Database, asking: Asking, now: number): Promise<Quota> {
  const { purpose, email, source } = asking;
  const found = await database
    .select()
    .from(quotas)
    .where(
      and(
        eq(quotas.purpose, purpose),
        eq(quotas.email, email),
        inArray(quotas.source, [EVERYBODY, source]),
      ),
    );
  const isLeft = (what: keyof Bounds) =>
    found.every((row) => {
      const max = row.source === EVERYBODY ? ALL_SOURCES_MAX : ONE_SOURCE_MAX;
      return row.expiresAt.getTime() <= now || row[what] < max[what];
    });
  return { mayMail: isLeft("mails"), mayAttempt: isLeft("failedAttempts") };
}

/**
 * For the source and for all together, in one statement, so that nothing is lost when several count
 * at once. Only what was allowed may be counted: a source that is over its own bound uses up nothing.
 */
export async function countAgainstQuota(
  database: Database,
  { purpose, email, source }: Asking,
  what: keyof Bounds,
  now: number,
): Promise<void> {
  const first = {
    ...{ purpose, email },
    mails: what === "mails" ? 1 : 0,
    failedAttempts: what === "mails" ? 0 : 1,
    expiresAt: new Date(now + DAY_MS),
  };
  const { mails, failedAttempts, expiresAt } = quotas;
  const isOver = sql`${expiresAt} <= ${new Date(now).toISOString()}::timestamptz`;
  const unlessOver = (next: SQL, first: SQL) =>
    sql`CASE WHEN ${isOver} THEN ${first} ELSE ${next} END`;
  await database
    .insert(quotas)
    // In this order everywhere: whoever counts for the same address waits at the first row.
    .values([
      { ...first, source: EVERYBODY },
      { ...first, source },
    ])
    .onConflictDoUpdate({
      target: [quotas.purpose, quotas.email, quotas.source],
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
