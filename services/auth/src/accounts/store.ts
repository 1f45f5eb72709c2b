import { Failure, type User } from "@moim/protocol";
import { and, eq, inArray, ne, or, type SQL, sql } from "drizzle-orm";
import { type Database, violatedIndex } from "../db/database.ts";
import { deletedUsers, users } from "../db/schema.ts";
import { type Account, deletedUser } from "./account.ts";
import { searchGrams } from "./search-grams.ts";

export type NewAccount = typeof users.$inferInsert;
export type AccountChange = Partial<
  Pick<Account, "nickname" | "name" | "bio" | "passwordHash" | "avatarUrl">
>;

/** Rejects with `conflict`, naming the field, when the nickname or the address is taken. */
export async function insertAccount(database: Database, account: NewAccount): Promise<Account> {
  const [inserted] = await refusingTaken(database.insert(users).values(account).returning());
  if (inserted === undefined) throw new Error("the new account was not returned");
  return inserted;
}

/** Undefined when there is no such account. Rejects with `conflict` when the nickname is taken. */
export async function changeAccount(
  database: Database,
  id: string,
  change: AccountChange,
): Promise<Account | undefined> {
  // An update of nothing would be no valid statement.
  if (Object.values(change).every((value) => value === undefined)) return findById(database, id);
  const query = database.update(users).set(change).where(eq(users.id, id)).returning();
  const [changed] = await refusingTaken(query);
  return changed;
}

async function refusingTaken<Result>(query: PromiseLike<Result>): Promise<Result> {
  try {
    return await query;
  } catch (error) {
    const field = { users_nickname: "nickname", users_email: "email" }[violatedIndex(error) ?? ""];
    if (field === undefined) throw error;
    throw new Failure("conflict", `${field}: is taken`, {
      errors: [{ path: field, message: "is taken" }],
    });
  }
}

export async function findById(database: Database, id: string): Promise<Account | undefined> {
  const [account] = await database.select().from(users).where(eq(users.id, id));
  return account;
}

export async function findByEmail(database: Database, email: string): Promise<Account | undefined> {
  const [account] = await database.select().from(users).where(eq(users.email, email));
  return account;
}

/** The stored hash, which nobody else changes before the transaction ends. */
export async function lockPasswordHash(database: Database, id: string): Promise<string | null> {
  const [found] = await database
    .select({ passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.id, id))
    .for("no key update");
  return found?.passwordHash ?? null;
}

export async function isNicknameTaken(database: Database, nickname: string): Promise<boolean> {
  const found = await database
    .select({ id: users.id })
    .from(users)
    .where(eq(sql`lower(${users.nickname})`, sql`lower(${nickname})`));
  return found.length > 0;
}

/** What may be shown to others; addresses and hashes never leave the database. */
const publicColumns = {
  id: users.id,
  nickname: users.nickname,
  name: users.name,
  bio: users.bio,
  avatarUrl: users.avatarUrl,
};

/** In the order asked for; unknown ids are left out, those of deleted accounts are not. */
export async function findUsersByIds(database: Database, ids: readonly string[]): Promise<User[]> {
  const found = await database
    .select(publicColumns)
    .from(users)
    .where(inArray(users.id, [...ids]));
  const byId = new Map<string, User>(found.map((user) => [user.id, user]));
  const missing = ids.filter((id) => !byId.has(id));
  for (const id of await findDeleted(database, missing)) byId.set(id, deletedUser(id));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

async function findDeleted(database: Database, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const found = await database
    .select({ id: deletedUsers.id })
    .from(deletedUsers)
    .where(inArray(deletedUsers.id, [...ids]));
  return found.map(({ id }) => id);
}

/**
 * Nickname or name contains `query`, without regard to case; those that begin with it come first.
 * Candidates are found by index however short the query is, then looked at.
 */
export function searchUsers(database: Database, query: string, callerId: string, limit: number) {
  const contains = `%${escapePattern(query)}%`;
  const begins = `${escapePattern(query)}%`;
  const like = (pattern: string): SQL | undefined =>
    or(sql`${users.nickname} ILIKE ${pattern}`, sql`${users.name} ILIKE ${pattern}`);
  const grams = sql.join(
    searchGrams(query).map((gram) => sql`${gram}`),
    sql`, `,
  );
  const candidates = sql`auth.search_grams(${users.nickname}, ${users.name}) @> ARRAY[${grams}]::text[]`;
  return database
    .select(publicColumns)
    .from(users)
    .where(and(candidates, like(contains), ne(users.id, callerId)))
    .orderBy(sql`(${like(begins)}) DESC`, sql`lower(${users.nickname})`)
    .limit(limit);
}

/** `%`, `_` and `\` mean themselves: nicknames contain underscores. */
function escapePattern(text: string): string {
  return text.replaceAll(/[\\%_]/g, "\\$&");
}
