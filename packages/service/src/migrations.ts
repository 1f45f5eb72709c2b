import { setTimeout as pause } from "node:timers/promises";
import { readMigrationFiles } from "drizzle-orm/migrator";
import pg from "pg";
import { ConfigurationError } from "./environment.ts";
import type { Logger } from "./logger.ts";
import { asUnavailable, readDatabaseUrl } from "./postgres.ts";

/** One lock for all migrations of the project: both services create extensions. */
const MIGRATION_LOCK = 5_646_041_127;
/** drizzle's list of what has been applied, kept as drizzle keeps it. */
const APPLIED_TABLE = "migrations";

/**
 * What a migration waits for its lock on a table. Everything that comes later waits behind it, sends
 * too, and a send may wait 5 s: so it gives way in time, and tries again.
 */
const LOCK_TIMEOUT_MS = 2_000;
const RETRY_MS = 5_000;
/** About ten minutes. */
const ATTEMPTS_MAX = 85;
const HELD = "another transaction, such as a backup's, holds a table that has to change";

export type MigrationFiles = {
  /** Folder of the SQL files that drizzle-kit generated. */
  folder: string;
  /** Schema that holds the list of applied migrations. */
  schema: string;
};

export type Migration = MigrationFiles & {
  url: string;
  logger?: Logger;
  /** Milliseconds between attempts. */
  retryMs?: number;
};

/**
 * Brings the schema up to date. Many processes may call it at once: one works, the others wait. All of
 * it is one transaction, the lock included, so that it is the same through a pooler: a lock of the
 * session would stay with a connection of the pooler's that serves somebody else afterwards.
 * Rejects with a line for people when a table stays locked for ten minutes.
 */
export async function migrateDatabase(migration: Migration): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    if (await migrateUnlessLocked(migration)) return;
    migration.logger?.warn({ schema: migration.schema, attempt }, HELD);
    await pause(migration.retryMs ?? RETRY_MS);
  }
  throw new ConfigurationError(`${HELD}: migrate when that is over`);
}

/** False when somebody held a table for too long; nothing has changed then. */
async function migrateUnlessLocked({ url, ...files }: Migration): Promise<boolean> {
  const connection = new pg.Client({
    connectionString: readDatabaseUrl(url).connectionString,
    connectionTimeoutMillis: 10_000,
    application_name: "moim-migrate",
  });
  // What it breaks, such as the statement under way, says why; without a listener it would end the process.
  connection.on("error", () => {});
  await connection.connect();
  try {
    await connection.query("BEGIN");
    // Building an index may take as long as it takes.
    await connection.query("SET LOCAL statement_timeout = 0");
    await connection.query("SET LOCAL idle_in_transaction_session_timeout = 0");
    await connection.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await connection.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await applyMissing(connection, files);
    await connection.query("COMMIT");
    return true;
  } catch (error) {
    if (sqlStateOf(error) === LOCK_NOT_AVAILABLE) return false;
    throw error;
  } finally {
    // What has not been committed is undone by it.
    await connection.end();
  }
}

/** As drizzle's own migrator does, which begins a transaction itself: within ours Postgres would warn of it. */
async function applyMissing(
  connection: pg.Client,
  { folder, schema }: MigrationFiles,
): Promise<void> {
  const table = `${schema}.${APPLIED_TABLE}`;
  await connection.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await connection.query(
    `CREATE TABLE IF NOT EXISTS ${table} (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
  );
  const { rows } = await connection.query<{ newest: string | null }>(
    `SELECT max(created_at) AS newest FROM ${table}`,
  );
  const newest = Number(rows[0]?.newest ?? Number.NEGATIVE_INFINITY);
  for (const { sql, hash, folderMillis } of readMigrationFiles({ migrationsFolder: folder })) {
    if (folderMillis <= newest) continue;
    for (const statement of sql) await connection.query(statement);
    await connection.query(`INSERT INTO ${table} (hash, created_at) VALUES ($1, $2)`, [
      hash,
      folderMillis,
    ]);
  }
}

/** When the newest migration in the folder was made, in milliseconds. */
export function newestMigration({ folder }: MigrationFiles): number {
  const migrations = readMigrationFiles({ migrationsFolder: folder });
  return Math.max(...migrations.map(({ folderMillis }) => folderMillis));
}

/**
 * Rejects with a line for people when the database does not answer, or `newest` has not been applied. A
 * newer database is welcome: the version before runs beside the new one during an upgrade.
 */
export async function requireMigration(
  pool: pg.Pool,
  schema: string,
  newest: number,
): Promise<void> {
  const applied = `SELECT max(created_at) >= $1 AS "isNew" FROM ${schema}.${APPLIED_TABLE}`;
  const { rows } = await orSayWhy(() => pool.query<{ isNew: boolean | null }>(applied, [newest]));
  if (rows[0]?.isNew) return;
  throw new ConfigurationError(
    "DATABASE_URL names a database of an older version: migrate it first (pnpm migrate)",
  );
}

/** Rejects with a line for people when the database does not answer or lacks one of the tables. */
export async function requireTables(pool: pg.Pool, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await orSayWhy(() => pool.query(`SELECT FROM ${table} LIMIT 0`));
  }
}

/** Says for people why the database cannot be used, where it is the configuration's fault. */
async function orSayWhy<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (sqlStateOf(error) === UNDEFINED_TABLE) {
      throw new ConfigurationError(
        "DATABASE_URL names a database without our tables: migrate it first (pnpm migrate)",
      );
    }
    // A password or a name that is wrong is for people too: runMain words it.
    if (String(sqlStateOf(error)).startsWith("28")) throw error;
    if (isRefusedByPooler(error)) {
      throw new ConfigurationError(
        "DATABASE_URL names a pooler that takes no settings: add ?pooler=transaction " +
          "(docs/operating/postgres.md)",
      );
    }
    if (!asUnavailable(error)) throw error;
    throw new ConfigurationError("DATABASE_URL names a database that does not answer");
  }
}

const UNDEFINED_TABLE = "42P01";
const LOCK_NOT_AVAILABLE = "55P03";

/** drizzle wraps what the driver threw. */
function sqlStateOf(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}

/** PgBouncer's words; its code, a violation of the protocol, could be anything. */
function isRefusedByPooler(error: unknown): boolean {
  return error instanceof Error && error.message.includes("unsupported startup parameter");
}
