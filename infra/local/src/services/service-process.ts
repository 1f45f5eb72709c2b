import { get } from "node:http";
import { join } from "node:path";
import { type ServiceName, serviceFolder } from "../checkout.ts";
import { freePort, isPortFree } from "../process/free-port.ts";
import { type GuardedProcess, startGuardedProcess } from "../process/guarded-process.ts";
import { isListener } from "../process/listener.ts";
import { waitUntilReady } from "../process/wait-until.ts";

const READY_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 2000;
/** A free port may be taken by somebody else before the service listens there. */
const PORTS_TRIED_MAX = 3;

export interface ServiceOptions {
  /** How it is called on the terminal and in its log's name. */
  readonly name: string;
  readonly service: ServiceName;
  /** What is run, below the service's folder; absent: what is shipped. */
  readonly program?: string;
  /** Absent: a free one. */
  readonly port?: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFolder: string;
}

export interface RunningService {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly process: GuardedProcess;
  /** Ends it without warning, as a crash would. */
  kill(): Promise<void>;
  /** Lets it finish what it has accepted. */
  stop(): Promise<void>;
}

/**
 * Starts one process of a service from its build and resolves when its own `/readyz` answers 200.
 * Rejects when somebody else has the port; where none was given, after some others were tried.
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  if (options.port !== undefined) return startOn(options.port, options);
  for (let tried = 1; ; tried++) {
    const port = await freePort();
    try {
      return await startOn(port, options);
    } catch (error) {
      if (tried === PORTS_TRIED_MAX || (await isPortFree(port))) throw error;
    }
  }
}

async function startOn(port: number, options: ServiceOptions): Promise<RunningService> {
  const child = await startGuardedProcess({
    command: process.execPath,
    arguments: ["--enable-source-maps", options.program ?? "dist/main.js"],
    directory: serviceFolder(options.service),
    environment: { ...options.environment, HOST: "127.0.0.1", PORT: String(port) },
    logFile: join(options.logFolder, `${options.name}.log`),
  });
  // Another's service that has taken the port answers as ours would.
  const ready = async () => (await isReady(port)) && isListener(child.pid, port);
  await waitUntilReady(options.name, child, ready, READY_TIMEOUT_MS);
  return {
    name: options.name,
    port,
    pid: child.pid,
    process: child,
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    async stop() {
      // A drain takes as long as it is configured to, and has its own bound in the service.
      await child.stop(Number(options.environment.DRAIN_MS ?? 10_000) + 15_000);
    },
  };
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: "127.0.0.1", port, path: "/readyz", timeout: PROBE_TIMEOUT_MS, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
