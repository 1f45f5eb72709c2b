import { Failure } from "@moim/protocol";
import pg from "pg";
import { ConfigurationError } from "./environment.ts";
import type { Logger } from "./logger.ts";

/**
 * The contract promises `unavailable` within 5 s when the database does not answer. Waiting for a
 * connection and waiting for an answer happen one after the other, so together they stay below.
 */
const CONNECT_TIMEOUT_MS = 1_500;
const QUERY_TIMEOUT_MS = 3_000;
/** The server gives up before the client does, so that no statement outlives its caller for long. */
const STATEMENT_TIMEOUT_MS = 2_900;
/**
 * What every statement of ours is planned by. All of them look rows up by index; by the default
 * costs, which are those of rotating disks, the planner prefers to read whole tables or ranges
 * (docs/decisions/0009-query-plans.md). Compiling a statement takes longer than any of ours runs.
 */
const PLANNER_SETTINGS = { random_page_cost: "1.1", jit: "off" };
/**
 * Of pipelined connections besides: their few statements are planned once, for whatever they are given. Planning
 * was half of what Postgres spent on small commits: 273 µs a message, 124 since (rooms of 20, 1,800 a second).
 */
const PLANNED_ONCE_SETTINGS = { plan_cache_mode: "force_generic_plan" };
/**
 * And no plan is kept for longer. What was planned for tables of one page may read all of it, or go by any
 * index: a minute later, before Postgres has counted anew, that can be a hundred thousand rows.
 */
const PLANS_KEPT_MS = 1_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 2 * QUERY_TIMEOUT_MS;

/** Sent when connecting. A pooler in transaction mode has no sessions of ours, and sets them itself. */
function sessionSettings(isPipelined: boolean) {
  const planner = isPipelined
    ? { ...PLANNER_SETTINGS, ...PLANNED_ONCE_SETTINGS }
    : PLANNER_SETTINGS;
  return {
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    options: Object.entries(planner)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
  };
}

/** What a pooler says to each of its own connections, so that statements run as ours do. */
export const POOLER_CONNECT_QUERY = Object.entries({
  statement_timeout: STATEMENT_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  ...PLANNER_SETTINGS,
})
  .map(([name, value]) => `SET ${name} = ${value}`)
  .join("; ");

/**
 * `?pooler=transaction` says that what answers is a pooler which gives each transaction another
 * connection. The parameter is ours; what is left is the driver's.
 */
export function readDatabaseUrl(text: string): { connectionString: string; isPooled: boolean } {
  const url = new URL(text);
  const pooler = url.searchParams.get("pooler");
  if (pooler !== null && pooler !== "transaction") {
    throw new ConfigurationError("DATABASE_URL has a pooler that is not transaction");
  }
  url.searchParams.delete("pooler");
  return pooler === null
    ? { connectionString: text, isPooled: false }
    : { connectionString: url.href, isPooled: true };
}

export type PostgresOptions = {
  url: string;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  connectionsMax: number;
  logger: Logger;
  /**
   * Statements leave without waiting for the answers to those before, and those with a name are planned
   * once a connection. Not through a pooler: each of its connections is somebody else's in a moment.
   */
  isPipelined?: boolean;
};

/** A pool whose queries fail instead of hanging, and whose broken connections are replaced. */
export function connectPostgres(options: PostgresOptions): pg.Pool {
  const { connectionString, isPooled } = readDatabaseUrl(options.url);
  const isPipelined = options.isPipelined === true && !isPooled;
  const settings = {
    connectionString,
    application_name: options.applicationName,
    max: options.connectionsMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    ...(isPooled ? {} : sessionSettings(isPipelined)),
    pipeline: isPipelined,
  };
  const pool = new pg.Pool(settings);
  // Without listeners a connection that dies would end the process: the pool speaks for idle ones,
  // and one that is in use speaks for itself, besides failing its query.
  pool.on("connect", (connection) => connection.on("error", () => {}));
  tellOfLosses(pool, options);
  return pool;
}

/** Pools that have lost a connection, or got none, and have made none since. */
const withoutDatabase = new WeakSet<pg.Pool>();

/** In the log: that connections were lost, and that there is one again. */
function tellOfLosses(pool: pg.Pool, { applicationName: name, logger }: PostgresOptions): void {
  pool.on("error", (error) => {
    withoutDatabase.add(pool);
    logger.warn({ err: error, name }, "database connection lost");
  });
  // What failed in use is told by whoever used it.
  pool.on("release", (error) => {
    if (isLoss(error)) withoutDatabase.add(pool);
  });
  pool.on("connect", () => {
    if (withoutDatabase.delete(pool)) logger.info({ name }, "connected to the database again");
  });
}

/** The database gave up one statement, and is there: it took too long, or was in the way of another. */
const GAVE_UP_STATES = new Set(["57014", "55P03", "40001", "40P01"]);

function isLoss(error: unknown): boolean {
  const cause = asUnavailable(error)?.cause;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return cause !== undefined && !(typeof code === "string" && GAVE_UP_STATES.has(code));
}

/**
 * Runs `work` in one transaction on one connection. A connection on which anything but `work`'s own
 * decision went wrong is thrown away, never reused: its state is unknown.
 * Rejects with `unavailable` when the database gave no answer; whether the transaction was
 * committed is then unknown.
 */
export function inTransaction<Result>(
  pool: pg.Pool,
  work: (connection: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  return onConnection(pool, async (connection) => {
    await connection.query("BEGIN");
    const result = await work(connection);
    await connection.query("COMMIT");
    return result;
  });
}

/**
 * Sends a statement at once, behind those before it, whose answers need not have come; where the pool is not
 * pipelined, as soon as these have come. Rejects without sending it once one of them has failed. Nobody has
 * to await it: the transaction does.
 */
export type SendStatement = <Row extends pg.QueryResultRow>(statement: Statement) => Promise<Row[]>;

/** `name`: of a text that is always the same. */
export type Statement = { text: string; values?: unknown[]; name?: string };

/**
 * As `inTransaction`, on a pipelined pool in fewer round trips: BEGIN leaves together with the first
 * statements, COMMIT with the last ones. The transaction fails with any of its statements.
 */
export function inPipelinedTransaction<Result>(
  pool: pg.Pool,
  work: (send: SendStatement, connection: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  return onConnection(pool, async (connection) => {
    // Otherwise they wait here: the driver's own queue of statements is deprecated.
    const isPipelined = pool.options.pipeline === true;
    const answers: Promise<unknown>[] = [];
    let failure: { error: unknown } | undefined;
    const send: SendStatement = <Row extends pg.QueryResultRow>({ name, ...rest }: Statement) => {
      const statement = isPipelined ? { ...rest, name } : rest;
      const ask = async () => {
        // What follows a BEGIN that failed must not be carried out by itself.
        if (failure) throw failure.error;
        return (await connection.query<Row>(statement)).rows;
      };
      const before = isPipelined ? undefined : answers.at(-1);
      const answer = before ? before.then(ask) : ask();
      answer.catch((error: unknown) => {
        failure ??= { error };
      });
      answers.push(answer);
      return answer;
    };
    if (isPipelined && isPlannedLongAgo(connection)) void send({ text: "DISCARD PLANS" });
    void send({ text: "BEGIN" });
    const result = await work(send, connection);
    void send({ text: "COMMIT" });
    await Promise.all(answers);
    return result;
  });
}

const plannedAt = new WeakMap<pg.PoolClient, number>();

/** Asked once before each use. */
function isPlannedLongAgo(connection: pg.PoolClient): boolean {
  const now = performance.now();
  if (now - (plannedAt.get(connection) ?? Number.NEGATIVE_INFINITY) < PLANS_KEPT_MS) return false;
  plannedAt.set(connection, now);
  return true;
}

async function onConnection<Result>(
  pool: pg.Pool,
  work: (connection: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  let connection: pg.PoolClient;
  try {
    connection = await pool.connect();
  } catch (error) {
    // With all connections in use, one was waited for in vain; none was lost.
    if (pool.totalCount < pool.options.max) withoutDatabase.add(pool);
    throw asUnavailable(error) ?? error;
  }
  let isBroken: Error | boolean = false;
  try {
    return await work(connection);
  } catch (error) {
    const unavailable = asUnavailable(error);
    isBroken = unavailable ?? !(await rolledBack(connection));
    throw unavailable ?? error;
  } finally {
    connection.release(isBroken);
  }
}

async function rolledBack(connection: pg.PoolClient): Promise<boolean> {
  try {
    await connection.query("ROLLBACK");
    return true;
  } catch {
    return false; // The caller throws the connection away and reports the error that led here.
  }
}

/**
 * SQLSTATE classes and codes by which a server says "not now" rather than "wrong". 28: it does not let a new
 * connection in any more, as between a new password in the database and the one that this process is started with.
 */
const UNAVAILABLE_STATES = /^(08|28|53|57P0|57014|55P03|40001|40P01|25006|58)/;
const UNAVAILABLE_ERRNO = /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;
/** node-postgres gives these failures no code. */
const UNAVAILABLE_MESSAGES = [
  "Query read timeout",
  "timeout exceeded when trying to connect",
  "Connection terminated",
  "Client has encountered a connection error",
  "Client was closed",
  "Cannot use a pool after calling end",
];

/** The `unavailable` failure for an error that means "the database did not answer", else undefined. */
export function asUnavailable(error: unknown): Failure | undefined {
  // drizzle wraps what the driver threw.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return undefined;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  const isUnavailable =
    UNAVAILABLE_STATES.test(code) ||
    UNAVAILABLE_ERRNO.test(code) ||
    UNAVAILABLE_MESSAGES.some((message) => cause.message.startsWith(message));
  if (!isUnavailable) return undefined;
  return new Failure("unavailable", "the database did not answer; try again", {
    retryAfterMs: 1_000,
    cause,
  });
}

/**
 * Warns when statements do not run as they should: behind a pooler that ignores what is asked of it,
 * or that was not told. Nothing breaks by it at once, but a statement may then outlive its caller.
 */
export async function checkSessionSettings(pool: pg.Pool, logger: Logger): Promise<void> {
  const { rows } = await pool.query<{ isSet: boolean }>(
    `SELECT current_setting('statement_timeout') <> '0' AND current_setting('jit') = 'off' AS "isSet"`,
  );
  if (rows[0]?.isSet) return;
  logger.warn(
    { connectQuery: POOLER_CONNECT_QUERY },
    "the database's pooler does not set what we need on its connections: see docs/operating/postgres.md",
  );
}
