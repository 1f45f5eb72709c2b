import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../build/build.ts";
import { migrate } from "../build/migrate.ts";
import { startMigratedPostgres } from "../postgres/migrated-postgres.ts";
import { type RunningPgbouncer, startPgbouncer } from "../postgres/start-pgbouncer.ts";
import { type RunningPostgres, startPostgres } from "../postgres/start-postgres.ts";
import { freePort } from "../process/free-port.ts";
import { StopList } from "../process/stop-list.ts";
import { type RunningRedis, startRedis } from "../redis/start-redis.ts";
import { serviceEnvironment } from "../services/environment.ts";
import type { RunningService } from "../services/service-process.ts";
import { ChatNodes, Services } from "./services.ts";
import { type RunningNginx, startNginx } from "./start-nginx.ts";

/** As shipped; a test opens more connections from its one address than a person does. */
const CONNECTIONS_PER_SECOND = 10;
const CONNECTIONS_BURST = 20;
const SPARE_NODES = 2;

export interface ClusterOptions {
  readonly nodes: number;
  /** How many may be added later. */
  readonly spareNodes?: number;
  /** The port of the proxy; absent: a free one. */
  readonly port?: number;
  /** New chat connections per second and address at the proxy. */
  readonly connectionsPerSecond?: number;
  readonly connectionsBurst?: number;
  /** How long the proxy's old workers keep their connections after a reload; absent: as shipped. */
  readonly proxyShutdownSeconds?: number;
  /** For the services, such as `ACCESS_TOKEN_TTL_SECONDS`. */
  readonly environment?: NodeJS.ProcessEnv;
  /** The services reach the database through PgBouncer in transaction mode, as shipped. */
  readonly isPooled?: boolean;
  /** For the throw-away database, such as `{ fsync: "on" }` where writing is measured. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** Where the throw-away database keeps its write-ahead log, such as a small disk. */
  readonly walFolder?: string;
  /** What one service, `auth` or `chat-1` …, is started with, such as a proxy before its Redis. */
  readonly environmentOf?: (
    name: string,
    environment: NodeJS.ProcessEnv,
  ) => Promise<NodeJS.ProcessEnv>;
  /** Run instead of the shipped build of the chat service, below its folder. */
  readonly chatProgram?: string;
  /** Begun or not, a start that is aborted leaves nothing behind. */
  readonly signal?: AbortSignal;
}

export interface Cluster {
  /** Of the proxy, as a browser names it. */
  readonly url: string;
  readonly nodes: readonly RunningService[];
  /** Of the latest start, as are the database and Redis. */
  readonly auth: RunningService;
  readonly postgres: RunningPostgres;
  /** With `isPooled`. */
  readonly pooler: RunningPgbouncer | undefined;
  readonly redis: RunningRedis;
  readonly nginx: RunningNginx;
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** One file for each process; removed by `stop`. */
  readonly logFolder: string;
  /** Starts one node more, up to the spare ones; the proxy uses it within seconds. */
  addNode(): Promise<RunningService>;
  /** Starts a node that has ended on its old port. */
  restartNode(node: RunningService): Promise<RunningService>;
  /** Starts what has ended on its old port: auth, the database with its data, Redis empty. */
  restartAuth(): Promise<void>;
  restartPostgres(): Promise<void>;
  restartRedis(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A whole Moim on this machine, as it is deployed: Nginx with the shipped configuration, auth,
 * chat nodes, Redis, and an empty Postgres, all on free ports and in temporary folders. Resolves
 * when everything is ready. Nothing of it outlives this process.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const started = new StopList();
  try {
    return await assemble(options, started);
  } catch (error) {
    await started.stopAll();
    throw error;
  }
}

async function assemble(options: ClusterOptions, started: StopList): Promise<Cluster> {
  const { signal } = options;
  const logFolder = mkdtempSync(join(tmpdir(), "moim-cluster-"));
  started.add(async () => rmSync(logFolder, { recursive: true, force: true }));
  await build(signal);
  signal?.throwIfAborted();

  const { postgres, redis } = await startStores(options, started);
  signal?.throwIfAborted();

  const pooler = options.isPooled ? await startPgbouncer(postgres.current) : undefined;
  if (pooler) started.add(pooler.stop);

  const port = options.port ?? (await freePort());
  const url = `http://localhost:${port}`;
  const environment = serviceEnvironment(
    {
      databaseUrl: pooler?.url ?? postgres.current.url,
      redisUrl: redis.current.url,
      publicUrl: url,
      allowedOrigins: [url, `http://127.0.0.1:${port}`],
    },
    { ...process.env, ...options.environment },
  );
  if (!startsMigrated(options)) await migrate(environment);
  signal?.throwIfAborted();

  const services = new Services(environment, logFolder, options);
  let auth = await services.startAuth(await freePort());
  started.add(() => auth.stop());
  const nodes = new ChatNodes(services, auth.port);
  started.add(() => nodes.stop());
  await nodes.reservePorts(options.nodes + (options.spareNodes ?? SPARE_NODES));
  await nodes.addMany(options.nodes);
  signal?.throwIfAborted();

  const nginx = await startNginx({
    port,
    authPort: auth.port,
    chatPorts: nodes.ports,
    connectionsPerSecond: options.connectionsPerSecond ?? CONNECTIONS_PER_SECOND,
    connectionsBurst: options.connectionsBurst ?? CONNECTIONS_BURST,
    ...(options.proxyShutdownSeconds === undefined
      ? {}
      : { shutdownSeconds: options.proxyShutdownSeconds }),
  });
  started.add(nginx.stop);
  return {
    url,
    nodes: nodes.running,
    get auth() {
      return auth;
    },
    get postgres() {
      return postgres.current;
    },
    pooler,
    get redis() {
      return redis.current;
    },
    nginx,
    postgresUrl: postgres.current.url,
    redisUrl: redis.current.url,
    logFolder,
    addNode: () => nodes.add(),
    restartNode: (node) => nodes.restart(node),
    async restartAuth() {
      await auth.process.exited;
      auth = await services.startAuth(auth.port);
    },
    restartPostgres: () => postgres.restart(),
    restartRedis: () => redis.restart(),
    stop: () => started.stopAll(),
  };
}

/** A server that may be killed and started again, as it is now. */
class Restartable<Server extends { restart(): Promise<Server> }> {
  current: Server;

  constructor(first: Server) {
    this.current = first;
  }

  async restart(): Promise<void> {
    this.current = await this.current.restart();
  }
}

/** Through a pooler it is to be seen that migrating works; and a log elsewhere cannot be copied. */
function startsMigrated({ isPooled, walFolder }: ClusterOptions): boolean {
  return !isPooled && !walFolder;
}

async function startStores(options: ClusterOptions, started: StopList) {
  const { postgresSettings: settings, walFolder } = options;
  const postgres = new Restartable(
    startsMigrated(options)
      ? await startMigratedPostgres(settings)
      : await startPostgres({
          ...(settings ? { settings } : {}),
          ...(walFolder ? { walFolder } : {}),
        }),
  );
  started.add(() => postgres.current.stop());
  const redis = new Restartable(await startRedis());
  started.add(() => redis.current.stop());
  return { postgres, redis };
}
