import { spawn } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { freePort } from "../process/free-port.ts";
import { type GuardedProcess, startGuardedProcess } from "../process/guarded-process.ts";
import { StartFailure } from "../process/start-failure.ts";
import { waitUntilReady } from "../process/wait-until.ts";
import { type PostgresBinaries, postgresBinaries } from "./binaries.ts";
import { type DataFolder, lastingFolder, throwAwayFolder } from "./data-folder.ts";
import { clearStalePostmaster } from "./stale-postmaster.ts";
import { postgresUser, type SystemUser } from "./system-user.ts";
import { ClusterTemplate } from "./template.ts";

const START_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 2000;
const MAX_CONNECTIONS = 200;

const INITDB_PARAMETERS = [
  "--username=moim",
  "--auth=scram-sha-256",
  "--encoding=UTF8",
  // Postgres's own Unicode rules, so that no locale has to be installed on the machine.
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--no-instructions",
];

export interface StartPostgresOptions {
  /** Kept between runs and written with fsync. Absent: a temporary folder, removed by `stop`. */
  readonly dataDir?: string;
  /** Absent: a free one. */
  readonly port?: number;
  /** Absent: `log` in the data folder. */
  readonly logFile?: string;
  /** Where a new cluster keeps its write-ahead log, such as a small disk; empty, the user's own. */
  readonly walFolder?: string;
  /** Further settings, such as `{ max_connections: "50" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What a cluster that is thrown away begins as a copy of; absent: what `initdb` leaves. */
  readonly template?: ClusterTemplate;
}

export interface RunningPostgres {
  /** Of the database `moim`, with the password; only 127.0.0.1 is listened on. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** The server process itself, for tests that kill it. */
  readonly process: GuardedProcess;
  /** Where the cluster is, with its password. */
  readonly folder: string;
  /** After it has ended, however that was: starts it again on the same data and port. */
  restart(): Promise<RunningPostgres>;
  stop(): Promise<void>;
}

/**
 * Starts the real Postgres that came with the dependencies and resolves when it answers.
 * It ends with this process, even when this process is killed. As root it runs as another user.
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<RunningPostgres> {
  const user = postgresUser(options.dataDir);
  const binaries = postgresBinaries(user);
  // A cluster with a log elsewhere is not one that can be copied.
  const initial = options.walFolder ? undefined : templateBy(binaries);
  const folder = options.dataDir
    ? lastingFolder(options.dataDir, user)
    : throwAwayFolder(user, options.template ?? initial);
  try {
    await clearStalePostmaster(folder.data);
    if (!existsSync(join(folder.data, "PG_VERSION"))) {
      await initialise(binaries, folder, user, options.walFolder);
      if (folder.throwAway) initial?.keep(folder.folder);
    }
    return await serve(binaries, folder, user, options);
  } catch (error) {
    if (folder.throwAway) rmSync(folder.folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The template of clusters as `prepare` leaves them, which is called where none has been kept under this name.
 * Several processes may ask for it at once: whoever is first is kept.
 */
export async function preparedTemplate(
  name: string,
  prepare: (url: string) => Promise<void>,
): Promise<ClusterTemplate> {
  const template = templateBy(postgresBinaries(postgresUser(undefined)), name);
  if (template.isKept) return template;
  const postgres = await startPostgres();
  try {
    await prepare(postgres.url);
    const { code } = await postgres.process.stop();
    if (code !== 0) throw new StartFailure("Postgres did not stop: it cannot be copied");
    template.keep(postgres.folder);
  } finally {
    await postgres.stop();
  }
  return template;
}

function templateBy(binaries: PostgresBinaries, ...prepared: string[]): ClusterTemplate {
  return new ClusterTemplate([binaries.initdb, ...INITDB_PARAMETERS, ...prepared]);
}

/** The cluster is made beside its place and renamed, so that an interrupted start leaves no half of one. */
async function initialise(
  binaries: PostgresBinaries,
  folder: DataFolder,
  user: SystemUser,
  walFolder: string | undefined,
): Promise<void> {
  const unfinished = `${folder.data}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const answer = await run(
    binaries.initdb,
    [
      `--pgdata=${unfinished}`,
      `--pwfile=${join(folder.folder, "password")}`,
      ...INITDB_PARAMETERS,
      ...(folder.throwAway ? ["--no-sync"] : []),
      ...(walFolder ? [`--waldir=${walFolder}`, "--wal-segsize=1"] : []),
    ],
    user,
  );
  if (answer.code !== 0) {
    throw new StartFailure(`Postgres could not make its data folder: ${answer.lines.at(-1)}`);
  }
  renameSync(unfinished, folder.data);
}

async function serve(
  binaries: PostgresBinaries,
  folder: DataFolder,
  user: SystemUser,
  options: StartPostgresOptions,
): Promise<RunningPostgres> {
  const port = options.port ?? (await freePort());
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: String(MAX_CONNECTIONS),
    timezone: "UTC",
    log_timezone: "UTC",
    ...(folder.throwAway ? { fsync: "off", full_page_writes: "off" } : {}),
    ...options.settings,
  };
  const child = await startGuardedProcess({
    command: binaries.postgres,
    arguments: [
      ...["-D", folder.data, "-p", String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    environment: environment(),
    logFile: options.logFile ?? folder.log,
    // "Fast": open connections are ended; SIGTERM would wait for them.
    stopSignal: "SIGINT",
    ...(folder.throwAway ? { removeWhenOrphaned: folder.folder } : {}),
    ...user,
  });
  const server = `postgres://moim:${folder.password}@127.0.0.1:${port}`;
  try {
    await waitUntilReady("Postgres", child, () => answers(server), START_TIMEOUT_MS);
    await ensureDatabase(server);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    url: `${server}/moim`,
    port,
    pid: child.pid,
    process: child,
    folder: folder.folder,
    async restart() {
      await child.exited;
      await clearStalePostmaster(folder.data);
      return serve(binaries, folder, user, { ...options, port });
    },
    async stop() {
      await child.stop();
      if (folder.throwAway) rmSync(folder.folder, { recursive: true, force: true });
    },
  };
}

/** Nothing that a caller's PGDATA, PGPORT or LC_ALL could change. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: "C" };
}

async function answers(server: string): Promise<boolean> {
  const client = new Client({
    connectionString: `${server}/postgres`,
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}

async function ensureDatabase(server: string): Promise<void> {
  const client = new Client({ connectionString: `${server}/postgres` });
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = 'moim'");
    if (found.rowCount === 0) await client.query("create database moim");
  } finally {
    await client.end();
  }
}

function run(
  command: string,
  parameters: readonly string[],
  user: SystemUser,
): Promise<{ code: number | null; lines: string[] }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      cwd: "/",
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
      ...(user ? { uid: user.userId, gid: user.groupId } : {}),
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, lines: output.split("\n").filter(Boolean) }));
  });
}
