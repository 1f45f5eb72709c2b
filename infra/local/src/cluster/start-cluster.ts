import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../build/build.ts";
import { migrate } from "../build/migrate.ts";
import { type RunningPgbouncer, startPgbouncer } from "../postgres/start-pgbouncer.ts";
import { type RunningPostgres, startPostgres } from "../postgres/start-postgres.ts";
import { freePort } from "../process/free-port.ts";
import { StopList } from "../process/stop-list.ts";
import { type RunningRedis, startRedis } from "../redis/start-redis.ts";
import { serviceEnvironment } from "../services/environment.ts";
import { type RunningService, startService } from "../services/service-process.ts";
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
  /** For the services, such as `ACCESS_TOKEN_TTL_SECONDS`. */
  readonly environment?: NodeJS.ProcessEnv;
  /** The services reach the database through PgBouncer in transaction mode, as shipped. */
  readonly isPooled?: boolean;
  /** For the throw-away database, such as `{ fsync: "on" }` where writing is measured. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** Begun or not, a start that is aborted leaves nothing behind. */
  readonly signal?: AbortSignal;
}

export interface Cluster {
  /** Of the proxy, as a browser names it. */
  readonly url: string;
  readonly nodes: readonly RunningService[];
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

  const settings = options.postgresSettings;
  const postgres = await startPostgres(settings ? { settings } : {});
  started.add(postgres.stop);
  const redis = await startRedis();
  started.add(redis.stop);
  signal?.throwIfAborted();

  const pooler = options.isPooled ? await startPgbouncer(postgres) : undefined;
  if (pooler) started.add(pooler.stop);

  const port = options.port ?? (await freePort());
  const url = `http://localhost:${port}`;
  const environment = serviceEnvironment(
    {
      databaseUrl: pooler?.url ?? postgres.url,
      redisUrl: redis.url,
      publicUrl: url,
      allowedOrigins: [url, `http://127.0.0.1:${port}`],
    },
    { ...process.env, ...options.environment },
  );
  await migrate(environment);
  signal?.throwIfAborted();

  const auth = await startService({ name: "auth", service: "auth", environment, logFolder });
  started.add(auth.stop);
  const nodes = new ChatNodes(
    { ...environment, AUTH_URL: `http://127.0.0.1:${auth.port}` },
    logFolder,
  );
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
  });
  started.add(nginx.stop);
  return {
    url,
    nodes: nodes.running,
    auth,
    postgres,
    pooler,
    redis,
    nginx,
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    logFolder,
    addNode: () => nodes.add(),
    restartNode: (node) => nodes.restart(node),
    stop: () => started.stopAll(),
  };
}

/** The chat nodes, on ports that the proxy knows from the beginning. */
class ChatNodes {
  readonly running: RunningService[] = [];
  readonly ports: number[] = [];
  readonly #environment: NodeJS.ProcessEnv;
  readonly #logFolder: string;
  #added = 0;

  constructor(environment: NodeJS.ProcessEnv, logFolder: string) {
    this.#environment = environment;
    this.#logFolder = logFolder;
  }

  async reservePorts(count: number): Promise<void> {
    while (this.ports.length < count) this.ports.push(await freePort());
  }

  async add(): Promise<RunningService> {
    const index = this.#added++;
    const port = this.ports[index];
    if (port === undefined) throw new Error(`the proxy knows ${this.ports.length} nodes only`);
    const node = await this.#start(`chat-${index + 1}`, port);
    this.running.push(node);
    return node;
  }

  /** Waits for every node, so that after a failure none is still about to start. */
  async addMany(count: number): Promise<void> {
    const results = await Promise.allSettled(Array.from({ length: count }, () => this.add()));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async restart(node: RunningService): Promise<RunningService> {
    await node.process.exited;
    const successor = await this.#start(node.name, node.port);
    this.running.splice(this.running.indexOf(node), 1, successor);
    return successor;
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((node) => node.stop()));
  }

  #start(name: string, port: number): Promise<RunningService> {
    const environment = { ...this.#environment, NODE_ID: name };
    const logFolder = this.#logFolder;
    return startService({ name, service: "chat", port, environment, logFolder });
  }
}
