import { inTransaction } from "@moim/service";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Pool, PoolClient } from "pg";

/** Where queries go: the pool, or the one connection of a transaction. */
export type Database = NodePgDatabase;

export interface Transaction {
  readonly database: Database;
  /** The same connection, for SQL that is shared with other services. */
  readonly connection: PoolClient;
}

/** Commits when `work` resolves, rolls back when it rejects. */
export function transact<Result>(
  pool: Pool,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, (connection) =>
    work({ connection, database: drizzle({ client: connection }) }),
  );
}

const UNIQUE_VIOLATION = "23505";

/** The unique index that `error` says was violated, if that is what happened. */
export function violatedIndex(error: unknown): string | undefined {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error) || !("code" in cause) || cause.code !== UNIQUE_VIOLATION) {
    return undefined;
  }
  return "constraint" in cause ? String(cause.constraint) : undefined;
}
