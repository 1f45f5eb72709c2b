import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  cpuSecondsOf,
  cpuSecondsOfTree,
  migrate,
  type RunningPostgres,
  type RunningRedis,
  type RunningService,
  startPostgres,
  startRedis,
  startService,
} from "@moim/local";
import type { Pool } from "pg";
import { insertRooms } from "./insert-rooms.ts";
import { type Issuer, startIssuer } from "./issuer.ts";
import { poolOf } from "./pool.ts";
import { between, type Histogram, readHistogram, residentBytes } from "./readings.ts";
import type { CpuSeconds, Server } from "./server.ts";

export type Moim = Server & {
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly nodes: readonly RunningService[];
  /** Of the group commits since the last call. */
  commitTimes(): Promise<CommitTimes>;
  addNode(): Promise<RunningService>;
};

/** Milliseconds: the mean, and the bound of the histogram that 99 of 100 stay under. */
export type CommitTimes = { meanMs: number; p99UnderMs: number };

/**
 * Chat nodes from the build, with a Postgres that really writes and a Redis, as they are deployed but for
 * the rate of sends: a bench sends faster than a person may.
 */
export async function startMoim(nodes: number): Promise<Moim> {
  const logFolder = mkdtempSync(join(tmpdir(), "moim-bench-"));
  const postgres = await startPostgres({ settings: { fsync: "on", full_page_writes: "on" } });
  const redis = await startRedis();
  const issuer = await startIssuer();
  const environment = {
    ...process.env,
    ...{ DATABASE_URL: postgres.url, REDIS_URL: redis.url, AUTH_URL: issuer.url },
    ...{ SENDS_PER_SECOND: "0", DRAIN_MS: "0", LOG_LEVEL: "warn" },
  };
  await migrate(environment);
  const moim = new RunningMoim({ postgres, redis, issuer, environment, logFolder });
  for (let count = 0; count < nodes; count++) await moim.addNode();
  return moim;
}

type Parts = {
  postgres: RunningPostgres;
  redis: RunningRedis;
  issuer: Issuer;
  environment: NodeJS.ProcessEnv;
  logFolder: string;
};

class RunningMoim implements Moim {
  readonly pool: Pool;
  readonly nodes: RunningService[] = [];
  readonly #parts: Parts;
  #commits: Histogram | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.pool = poolOf(parts.postgres.url, 4);
  }

  get databaseUrl(): string {
    return this.#parts.postgres.url;
  }

  get ports(): number[] {
    return this.nodes.map(({ port }) => port);
  }

  async addNode(): Promise<RunningService> {
    const { environment, logFolder } = this.#parts;
    const name = `chat-${this.nodes.length + 1}`;
    const node = await startService({ name, service: "chat", environment, logFolder });
    this.nodes.push(node);
    return node;
  }

  makeRooms: Server["makeRooms"] = (rooms) => insertRooms(this.pool, rooms);

  authOf: Server["authOf"] = (userId) => ({ token: this.#parts.issuer.token(userId) });

  cpuSeconds(): CpuSeconds {
    return {
      nodes: this.nodes.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0),
      postgres: cpuSecondsOfTree(this.#parts.postgres.pid),
      redis: cpuSecondsOf(this.#parts.redis.pid),
    };
  }

  memoryBytes(): number {
    return this.nodes.reduce((sum, { pid }) => sum + residentBytes(pid), 0);
  }

  async commitTimes(): Promise<CommitTimes> {
    const now = await readHistogram(this.ports, "moim_commit_seconds");
    const { mean, under } = between(this.#commits, now, 0.99);
    this.#commits = now;
    return { meanMs: mean * 1e3, p99UnderMs: under * 1e3 };
  }

  async stop(): Promise<void> {
    await this.pool.end();
    for (const node of this.nodes) await node.stop();
    this.#parts.issuer.close();
    await this.#parts.redis.stop();
    await this.#parts.postgres.stop();
    rmSync(this.#parts.logFolder, { recursive: true, force: true });
  }
}
