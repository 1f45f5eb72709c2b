import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { build } from "../build/build.ts";
import { migrate } from "../build/migrate.ts";
import { WEB_FOLDER } from "../checkout.ts";
import type { Gateway } from "../gateway/start-gateway.ts";
import { startPostgres } from "../postgres/start-postgres.ts";
import type { GuardedProcess } from "../process/guarded-process.ts";
import { StartFailure } from "../process/start-failure.ts";
import type { StopList } from "../process/stop-list.ts";
import { redisOnThisMachine, startRedis } from "../redis/start-redis.ts";
import { serviceEnvironment } from "../services/environment.ts";
import { startService } from "../services/service-process.ts";
import { say, step } from "../terminal.ts";
import { ChatNodes } from "./chat-nodes.ts";
import type { StartSettings } from "./settings.ts";

const CHAT_NODES_WITH_REDIS = 2;

export interface Starting {
  readonly settings: StartSettings;
  /** Listens already; stopping it is the caller's. */
  readonly gateway: Gateway;
  /** What must be stopped; filled as things start, and to be used whether this resolves or not. */
  readonly started: StopList;
  readonly stopping: AbortSignal;
  /** Called when a part that Moim cannot do without has ended by itself. */
  readonly onLost: (failure: StartFailure) => void;
}

/** Starts everything; resolves when people can chat. */
export async function startMoim(starting: Starting): Promise<void> {
  const { settings, gateway, started, stopping } = starting;
  const logFolder = join(settings.dataFolder, "logs");
  setLogsAside(logFolder);

  await build(stopping);
  stopping.throwIfAborted();
  const databaseUrl = await database(starting);
  stopping.throwIfAborted();
  const redis = await publishing(starting);
  stopping.throwIfAborted();

  const local = serviceEnvironment({
    databaseUrl,
    redisUrl: redis.url,
    publicUrl: `http://localhost:${settings.port}`,
    allowedOrigins: ["localhost", "127.0.0.1"].map((host) => `http://${host}:${settings.port}`),
  });
  await step("database up to date", () => migrate(local));
  stopping.throwIfAborted();

  const auth = await step("auth service", () =>
    startService({ name: "auth", service: "auth", environment: local, logFolder }),
  );
  started.add(auth.stop);
  watch("the auth service", auth.process, starting);
  const environment = { ...local, AUTH_URL: `http://127.0.0.1:${auth.port}` };
  const nodes = new ChatNodes(environment, logFolder, starting.onLost);
  started.add(() => nodes.stop());
  await step(redis.nodes === 1 ? "one chat node" : `${redis.nodes} chat nodes`, () =>
    nodes.start(redis.nodes),
  );
  gateway.serve({ webFolder: WEB_FOLDER, authPort: auth.port, chatPorts: () => nodes.ports() });
}

/** Each run has logs of its own; those of the run before are kept beside them. */
function setLogsAside(folder: string): void {
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".log"))) {
    renameSync(join(folder, name), join(folder, `${name}.previous`));
  }
}

async function database(starting: Starting): Promise<string | undefined> {
  const { settings, started } = starting;
  if (settings.hasDatabase) {
    say("  ✓ database: the one that DATABASE_URL names");
    return undefined;
  }
  const dataDir = join(settings.dataFolder, "postgres");
  const logFile = join(settings.dataFolder, "logs", "postgres.log");
  const postgres = await step("database (embedded Postgres)", () =>
    startPostgres({ dataDir, logFile }),
  );
  started.add(postgres.stop);
  watch("the embedded Postgres", postgres.process, starting);
  return postgres.url;
}

/** Redis, where there is one: through it chat nodes speak to each other, so there can be several. */
async function publishing(starting: Starting): Promise<{ url: string | undefined; nodes: number }> {
  if (starting.settings.hasRedis) {
    say("  ✓ Redis: the one that REDIS_URL names");
    return { url: undefined, nodes: CHAT_NODES_WITH_REDIS };
  }
  const found = redisOnThisMachine();
  if (found.state !== "usable") {
    const what = found.state === "missing" ? "no redis-server" : `redis-server ${found.version}`;
    say(`  · ${what} on this machine (7 or newer is needed for more): one chat node alone`);
    return { url: undefined, nodes: 1 };
  }
  const dir = join(starting.settings.dataFolder, "logs");
  const redis = await step(`Redis ${found.version}`, () => startRedis({ dir }));
  starting.started.add(redis.stop);
  watch("Redis", redis.process, starting);
  return { url: redis.url, nodes: CHAT_NODES_WITH_REDIS };
}

/** The end of a part counts as a loss unless everything is being stopped. */
function watch(name: string, child: GuardedProcess, { stopping, onLost }: Starting): void {
  void child.exited.then((exit) => {
    if (stopping.aborted) return;
    const how = exit.signal ?? `exit code ${exit.code}`;
    onLost(new StartFailure(`${name} ended (${how})`, child.lastLines(10)));
  });
}
