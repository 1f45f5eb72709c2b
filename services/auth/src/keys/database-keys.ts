import { eq, sql } from "drizzle-orm";
import type { Pool } from "pg";
import { type Database, type Transaction, transact } from "../db/database.ts";
import { signingKeys } from "../db/schema.ts";
import { type KeySet, makeKeySet, rotateKeySet } from "./key-set.ts";
import { privateJwkOf, type SigningKey, toSigningKey } from "./signing-key.ts";

/** Any number that nothing else locks. */
const KEYS_LOCK = 5_646_041_128;

/**
 * The keys that are kept in the database, made now if there are none. Processes that start at once
 * get the same: one makes them, the others wait.
 */
export function keysFromDatabase(pool: Pool): Promise<KeySet> {
  return transact(pool, async (transaction) => {
    await lock(transaction);
    const stored = await read(transaction.database);
    if (stored !== undefined) return stored;
    const made = await makeKeySet();
    await insert(transaction.database, [made.current, made.next]);
    return made;
  });
}

/** Those who rotate at once rotate one after the other. Resolves to the new keys. */
export function rotateDatabaseKeys(
  pool: Pool,
  times: { now: number; lastTokenExpiresAt: number },
): Promise<KeySet> {
  return transact(pool, async (transaction) => {
    const { database } = transaction;
    await lock(transaction);
    const before = (await read(database)) ?? (await makeKeySet());
    const after = await rotateKeySet(before, times);
    for (const { key, expiresAt } of after.retired) {
      const retirement = { expiresAt: expiresAt === null ? null : new Date(expiresAt) };
      await database.update(signingKeys).set(retirement).where(eq(signingKeys.kid, key.kid));
    }
    await insert(database, [before.next ? undefined : after.current, after.next]);
    return after;
  });
}

async function lock({ connection }: Transaction): Promise<void> {
  await connection.query("SELECT pg_advisory_xact_lock($1)", [KEYS_LOCK]);
}

async function read(database: Database): Promise<KeySet | undefined> {
  const rows = await database.select().from(signingKeys).orderBy(signingKeys.createdAt);
  const keys = await Promise.all(
    rows.map(async ({ privateJwk, expiresAt }) => ({
      key: await toSigningKey(privateJwk),
      expiresAt: expiresAt?.getTime() ?? null,
    })),
  );
  const [current, next] = keys.filter(({ expiresAt }) => expiresAt === null);
  if (current === undefined) return undefined;
  const retired = keys.filter(({ expiresAt }) => expiresAt !== null);
  return { current: current.key, next: next?.key, retired };
}

/** In this order: keys are told apart by their age. */
async function insert(
  database: Database,
  keys: readonly (SigningKey | undefined)[],
): Promise<void> {
  for (const [index, key] of keys.entries()) {
    if (key === undefined) continue;
    await database.insert(signingKeys).values({
      kid: key.kid,
      privateJwk: privateJwkOf(key),
      createdAt: sql`clock_timestamp() + ${index} * interval '1 millisecond'`,
    });
  }
}
