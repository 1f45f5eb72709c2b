import { eq } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { deletedUsers, users, verificationCodes } from "../db/schema.ts";
import type { Account } from "./account.ts";

/**
 * Removes the account and all that hangs on it: sessions, refresh tokens, picture. Its address and
 * nickname are free again. Only the id stays, so that whoever meets it in a message learns that its
 * owner has left. To be called in a transaction that has locked the account.
 */
export async function eraseAccount(
  database: Database,
  { id, email }: Account,
  now: number,
): Promise<void> {
  await database.delete(users).where(eq(users.id, id));
  await database.delete(verificationCodes).where(eq(verificationCodes.email, email));
  await database.insert(deletedUsers).values({ id, deletedAt: new Date(now) });
}
