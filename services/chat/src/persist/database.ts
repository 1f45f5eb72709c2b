import { asUnavailable, inTransaction } from "@moim/service";
import type { SQL } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Pool, PoolClient } from "pg";

/** One connection's, or the pool's, view of the database. */
export type Connection = NodePgDatabase;

/**
 * The database as the rest of `persist/` uses it. Every method rejects with the failure
 * `unavailable` when the database gave no answer; whether it acted is then unknown.
 */
export class Database {
  readonly #pool: Pool;
  readonly #db: NodePgDatabase;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#db = drizzle(pool);
  }

  /** All or nothing, on one connection. */
  transact<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return inTransaction(this.#pool, (client: PoolClient) => work(drizzle(client)));
  }

  /** Reads outside a transaction. */
  async read<Result>(query: (connection: Connection) => Promise<Result>): Promise<Result> {
    try {
      return await query(this.#db);
    } catch (error) {
      throw asUnavailable(error) ?? error;
    }
  }
}

/** Rows of a statement that is beyond the query builder, in the driver's own representation. */
export async function rowsOf<Row extends Record<string, unknown>>(
  connection: Connection,
  statement: SQL,
): Promise<Row[]> {
  const result = await connection.execute<Row>(statement);
  return result.rows as Row[];
}
