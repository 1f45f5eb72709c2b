import type { Pool } from "pg";
import { transact } from "../db/database.ts";
import { signingKeys } from "../db/schema.ts";
import { makePrivateJwk, type SigningKey, toSigningKey } from "./signing-key.ts";

/** Any number that nothing else locks. */
const DEVELOPMENT_KEY_LOCK = 5_646_041_128;

/**
 * The keys that are kept in the database, one of them made now if there are none. Processes that
 * start at once get the same: one makes it, the others wait.
 */
export function keysFromDatabase(pool: Pool): Promise<SigningKey[]> {
  return transact(pool, async ({ connection, database }) => {
    await connection.query("SELECT pg_advisory_xact_lock($1)", [DEVELOPMENT_KEY_LOCK]);
    const stored = await database.select().from(signingKeys).orderBy(signingKeys.createdAt);
    if (stored.length > 0) return Promise.all(stored.map((row) => toSigningKey(row.privateJwk)));
    const privateJwk = await makePrivateJwk();
    const key = await toSigningKey(privateJwk);
    await database.insert(signingKeys).values({ kid: key.kid, privateJwk });
    return [key];
  });
}
