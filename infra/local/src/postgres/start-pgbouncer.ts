import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { CHECKOUT } from "../checkout.ts";
import { fillIn } from "../cluster/fill-in.ts";
import { findProgram } from "../process/find-program.ts";
import { freePort } from "../process/free-port.ts";
import { startGuardedProcess } from "../process/guarded-process.ts";
import { StartFailure } from "../process/start-failure.ts";
import { waitUntilReady } from "../process/wait-until.ts";
import type { RunningPostgres } from "./start-postgres.ts";
import { postgresUser } from "./system-user.ts";

const TEMPLATE = join(CHECKOUT, "infra", "pgbouncer", "pgbouncer.ini.template");
const START_TIMEOUT_MS = 10_000;

export interface RunningPgbouncer {
  /** Of the database `moim` through the pooler, as services are told it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the system's PgBouncer in front of the server, with the configuration that is shipped. */
export async function startPgbouncer(
  postgres: Pick<RunningPostgres, "url" | "port">,
): Promise<RunningPgbouncer> {
  const program = findProgram("pgbouncer");
  if (program === undefined) throw new StartFailure("no pgbouncer on this machine");
  const folder = mkdtempSync(join(tmpdir(), "moim-pgbouncer-"));
  // Like Postgres it refuses to run as root.
  const user = postgresUser(undefined);
  try {
    const port = await freePort();
    const { password } = new URL(postgres.url);
    const userList = join(folder, "userlist.txt");
    const settings = join(folder, "pgbouncer.ini");
    writeFileSync(userList, `"moim" "${decodeURIComponent(password)}"\n`, { mode: 0o600 });
    writeFileSync(
      settings,
      fillIn(readFileSync(TEMPLATE, "utf8"), {
        POSTGRES_HOST: "127.0.0.1",
        POSTGRES_PORT: String(postgres.port),
        PGBOUNCER_HOST: "127.0.0.1",
        PGBOUNCER_PORT: String(port),
        PGBOUNCER_USERLIST: userList,
      }),
    );
    chmodSync(folder, 0o755);
    if (user) chownSync(userList, user.userId, user.groupId);
    const child = await startGuardedProcess({
      command: program,
      arguments: [settings],
      logFile: join(folder, "pgbouncer.log"),
      stopSignal: "SIGINT",
      removeWhenOrphaned: folder,
      ...user,
    });
    const url = `postgres://moim:${password}@127.0.0.1:${port}/moim`;
    await waitUntilReady("PgBouncer", child, () => answers(url), START_TIMEOUT_MS);
    return {
      url: `${url}?pooler=transaction`,
      async stop() {
        await child.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}
