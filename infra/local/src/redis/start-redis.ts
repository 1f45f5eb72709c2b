import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../process/free-port.ts";
import { type GuardedProcess, startGuardedProcess } from "../process/guarded-process.ts";
import { StartFailure } from "../process/start-failure.ts";
import { waitUntilReady } from "../process/wait-until.ts";

/** Sharded publish/subscribe, which the nodes speak through, came with this version. */
const MAJOR_VERSION_MIN = 7;
const START_TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 1000;

export interface StartRedisOptions {
  /** Absent: a free one. */
  readonly port?: number;
  /** Working folder and log. Absent: a temporary one, removed by `stop`. */
  readonly dir?: string;
  /** Such as `{ "cluster-enabled": "yes" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RunningRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** The server process itself, for tests that kill it. */
  readonly process: GuardedProcess;
  /** After it has ended: starts it again on its port, empty. */
  restart(): Promise<RunningRedis>;
  stop(): Promise<void>;
}

export type RedisOnThisMachine =
  | { readonly state: "usable"; readonly version: string }
  | { readonly state: "too-old"; readonly version: string }
  | { readonly state: "missing" };

/** What `redis-server` on the PATH is good for. */
export function redisOnThisMachine(): RedisOnThisMachine {
  const answer = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  const version = /v=(\d+)(\.\d+)*/.exec(answer.stdout ?? "");
  if (answer.status !== 0 || version === null) return { state: "missing" };
  const usable = Number(version[1]) >= MAJOR_VERSION_MIN;
  return { state: usable ? "usable" : "too-old", version: version[0].slice("v=".length) };
}

/**
 * Starts the system's `redis-server`, which keeps nothing on disk and listens on 127.0.0.1 only,
 * and resolves when it answers. It ends with this process, even when this process is killed.
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<RunningRedis> {
  const found = redisOnThisMachine();
  if (found.state !== "usable") {
    const what = found.state === "missing" ? "no redis-server" : `redis-server ${found.version}`;
    throw new StartFailure(`Redis ${MAJOR_VERSION_MIN} or newer is needed; found: ${what}`);
  }
  const throwAway = options.dir === undefined;
  const folder = options.dir ?? mkdtempSync(join(tmpdir(), "moim-redis-"));
  try {
    return await serve(folder, throwAway, options.port ?? (await freePort()), options);
  } catch (error) {
    if (throwAway) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function serve(
  folder: string,
  throwAway: boolean,
  port: number,
  options: StartRedisOptions,
): Promise<RunningRedis> {
  const child = await startGuardedProcess({
    command: "redis-server",
    arguments: [
      ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder],
      ...["--save", "", "--appendonly", "no", "--daemonize", "no"],
      ...Object.entries(options.settings ?? {}).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    logFile: join(folder, "redis.log"),
    ...(throwAway ? { removeWhenOrphaned: folder } : {}),
  });
  await waitUntilReady("Redis", child, () => answers(port, child.pid), START_TIMEOUT_MS);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    process: child,
    async restart() {
      await child.exited;
      return serve(folder, throwAway, port, options);
    },
    async stop() {
      await child.stop();
      if (throwAway) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether this very process answers on the port: another Redis may have been there before. */
function answers(port: number, pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(port, "127.0.0.1", () => socket.write("INFO server\r\n"));
    const answer = (value: boolean): void => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => answer(false));
    socket.once("error", () => answer(false));
    socket.on("data", (data) => {
      heard += data;
      const answering = /process_id:(\d+)\r/.exec(heard);
      if (answering) answer(Number(answering[1]) === pid);
    });
  });
}
