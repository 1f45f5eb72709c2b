import { ConfigurationError } from "@moim/service";
import { inArray } from "drizzle-orm";
import type { Pool } from "pg";
import { v7 as uuidv7 } from "uuid";
import { type Database, transact } from "../db/database.ts";
import { users } from "../db/schema.ts";
import type { Lifetimes } from "../sessions/lifetimes.ts";
import { type Grant, startSessions } from "../sessions/start-session.ts";

export type MintedUser = { userId: string; nickname: string; grant: Grant };

const DEVICE = { userAgent: "mint", ip: "", language: "en" } as const;

/**
 * Makes users without a password, or finds those that an earlier run made, and opens a session for
 * each: one transaction, at most a few thousand users. A nickname that a real user has is refused.
 */
export function mintUsers(
  pool: Pool,
  nicknames: readonly string[],
  lifetimes: Lifetimes,
  now: number,
): Promise<MintedUser[]> {
  return transact(pool, async ({ database }) => {
    const userIds = await findOrMake(database, nicknames, now);
    const grants = await startSessions(database, userIds, DEVICE, lifetimes, now);
    return nicknames.flatMap((nickname, index) => {
      const [userId, grant] = [userIds[index], grants[index]];
      return userId && grant ? [{ userId, nickname, grant }] : [];
    });
  });
}

async function findOrMake(
  database: Database,
  nicknames: readonly string[],
  now: number,
): Promise<string[]> {
  await database
    .insert(users)
    .values(
      nicknames.map((nickname) => ({
        id: uuidv7(),
        email: mintedEmail(nickname),
        nickname,
        name: nickname,
        createdAt: new Date(now),
      })),
    )
    .onConflictDoNothing();
  const emails = nicknames.map(mintedEmail);
  const found = await database
    .select({ id: users.id, email: users.email })
    .from(users)
    .where(inArray(users.email, emails));
  const ids = new Map(found.map(({ id, email }) => [email, id]));
  return emails.map((email, index) => {
    const id = ids.get(email);
    if (id !== undefined) return id;
    throw new ConfigurationError(
      `--prefix leads to ${nicknames[index]}, which a real user is called`,
    );
  });
}

/** In a domain that cannot exist, so that nobody can sign up with it or be mailed at it. */
function mintedEmail(nickname: string): string {
  return `${nickname.toLowerCase()}@minted.invalid`;
}
