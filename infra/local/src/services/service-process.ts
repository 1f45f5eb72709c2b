import { get } from "node:http";
import { join } from "node:path";
import { type ServiceName, serviceFolder } from "../checkout.ts";
import { freePort } from "../process/free-port.ts";
import { type GuardedProcess, startGuardedProcess } from "../process/guarded-process.ts";
import { waitUntilReady } from "../process/wait-until.ts";

const READY_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 2000;

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

/** Starts one process of a service from its build and resolves when `/readyz` answers 200. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const port = options.port ?? (await freePort());
  const child = await startGuardedProcess({
    command: process.execPath,
    arguments: ["--enable-source-maps", options.program ?? "dist/main.js"],
    directory: serviceFolder(options.service),
    environment: { ...options.environment, HOST: "127.0.0.1", PORT: String(port) },
    logFile: join(options.logFolder, `${options.name}.log`),
  });
  await waitUntilReady(options.name, child, () => isReady(port), READY_TIMEOUT_MS);
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
