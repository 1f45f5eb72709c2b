import { asUnavailable, inPipelinedTransaction, inTransaction } from "@moim/service";
import type { SQL } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { PgDialect } from "drizzle-orm/pg-core";
import type { Pool, PoolClient } from "pg";

/** One connection's, or the pool's, view of the database. */
export type Connection = NodePgDatabase;

/**
 * Has a statement on its way when it returns; resolves to its rows in the driver's own representation. It has a
 * name of its own, by which it is planned once: its text must not depend on what it is given.
 */
export type SendSql = <Row extends Record<string, unknown>>(
  name: string,
  statement: SQL,
) => Promise<Row[]>;

const dialect = new PgDialect();

/** Calls `work` when its turn has come, or rejects without. */
export type Turn = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * The database as the rest of `persist/` uses it. Every method rejects with the failure
 * `unavailable` when the database gave no answer; whether it acted is then unknown.
 */
export class Database {
  readonly #pool: Pool;
  readonly #db: NodePgDatabase;
  readonly #turn: Turn;

  constructor(pool: Pool, db: NodePgDatabase = drizzle(pool), turn: Turn = (work) => work()) {
    this.#pool = pool;
    this.#db = db;
    this.#turn = turn;
  }

  /**
   * The same, with transactions that wait for their turn before they take a connection: those that change
   * one room wait for each other in any case, and must not do so on all the connections there are.
   */
  inTurn(turn: Turn): Database {
    return new Database(this.#pool, this.#db, turn);
  }

  /** All or nothing, on one connection. */
  transact<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#turn(() => this.transactReading(work));
  }

  /** For settings that hold for some reads together. It locks nothing, and so waits for no turn. */
  transactReading<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return inTransaction(this.#pool, (client: PoolClient) => work(drizzle(client)));
  }

  /** The same, where statements need not wait for each other's answers. */
  transactPipelined<Result>(
    work: (send: SendSql, connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    return inPipelinedTransaction(this.#pool, (send, client) => {
      const sendStatement: SendSql = (name, statement) => {
        const { sql: text, params: values } = dialect.sqlToQuery(statement);
        return send({ name, text, values });
      };
      return work(sendStatement, drizzle(client));
    });
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
