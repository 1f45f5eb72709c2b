import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NGINX_FOLDER, WEB_FOLDER } from "../checkout.ts";
import { findProgram } from "../process/find-program.ts";
import { freePort } from "../process/free-port.ts";
import { startGuardedProcess } from "../process/guarded-process.ts";
import { StartFailure } from "../process/start-failure.ts";
import { waitUntilReady } from "../process/wait-until.ts";
import { fillIn } from "./fill-in.ts";

const START_TIMEOUT_MS = 10_000;
/** More than a worker has: here everybody comes from one address. */
const NO_LIMIT_PER_ADDRESS = 65_535;

export interface NginxOptions {
  /** Absent: a free one. */
  readonly port?: number;
  readonly authPort: number;
  /** Nodes that do not run, or not yet, are passed over. */
  readonly chatPorts: readonly number[];
  readonly connectionsPerSecond: number;
  readonly connectionsBurst: number;
  /** That one address may have open; absent: without limit. */
  readonly connectionsPerAddress?: number;
  /** How long old workers keep their connections after a reload; absent: as shipped. */
  readonly shutdownSeconds?: number;
  /** Networks of proxies in front whose word about the client is believed; absent: none. */
  readonly trustedProxies?: readonly string[];
}

export interface RunningNginx {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it serves as the page: a copy of the build, of its own. */
  readonly webFolder: string;
  /** JSON lines. */
  readonly accessLog: string;
  readonly errorLog: string;
  /** Has it read its configuration again: new workers take over, old ones keep their connections a while. */
  reload(): void;
  stop(): Promise<void>;
}

/** Starts the system's Nginx with the configuration that is shipped, in a folder of its own. */
export async function startNginx(options: NginxOptions): Promise<RunningNginx> {
  const program = findProgram("nginx");
  if (program === undefined) throw new StartFailure("Nginx is needed; found: no nginx");
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), "moim-nginx-"));
  const accessLog = join(folder, "access.log");
  const errorLog = join(folder, "error.log");
  try {
    layOut(folder);
    writeFileSync(join(folder, "nginx.conf"), configuration(folder, port, options));
    const child = await startGuardedProcess({
      command: program,
      // "-e" is the log until the configuration is read; the default may not be writable.
      arguments: [
        "-p",
        folder,
        "-c",
        "nginx.conf",
        "-e",
        "stderr",
        "-g",
        "daemon off; pid nginx.pid;",
      ],
      logFile: errorLog,
      removeWhenOrphaned: folder,
    });
    await waitUntilReady("Nginx", child, () => accepts(port), START_TIMEOUT_MS);
    return {
      url: `http://127.0.0.1:${port}`,
      port,
      pid: child.pid,
      webFolder: webFolderIn(folder),
      accessLog,
      errorLog,
      reload: () => child.kill("SIGHUP"),
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

/** The workers of a root-started Nginx run as another user, who must be able to read the page. */
function layOut(folder: string): void {
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "temporary"));
  cpSync(NGINX_FOLDER, folder, { recursive: true });
  cpSync(WEB_FOLDER, webFolderIn(folder), { recursive: true });
}

function webFolderIn(folder: string): string {
  return join(folder, "web");
}

function configuration(folder: string, port: number, options: NginxOptions): string {
  const chatServers = (parameters: string): string =>
    options.chatPorts.map((chat) => `server 127.0.0.1:${chat} ${parameters};`).join("\n        ");
  const trusted = options.trustedProxies ?? [];
  return fillIn(template(options.shutdownSeconds), {
    NGINX_WORKERS: "auto",
    NGINX_LISTEN: `listen 127.0.0.1:${port};`,
    NGINX_STATUS_LISTEN: `unix:${join(folder, "status.sock")}`,
    NGINX_WEB_FOLDER: webFolderIn(folder),
    NGINX_TEMPORARY_FOLDER: join(folder, "temporary"),
    NGINX_CHAT_SERVERS: chatServers("max_fails=1 fail_timeout=2s"),
    NGINX_CHAT_SERVERS_ANYWAY: chatServers("max_fails=0"),
    NGINX_AUTH_SERVERS: `server 127.0.0.1:${options.authPort};`,
    NGINX_CONNECTIONS_PER_SECOND: String(options.connectionsPerSecond),
    NGINX_CONNECTIONS_BURST: String(options.connectionsBurst),
    NGINX_CONNECTIONS_PER_ADDRESS: String(options.connectionsPerAddress ?? NO_LIMIT_PER_ADDRESS),
    NGINX_TRUSTED_HOPS: trusted.map((network) => `${network} 1;`).join(" "),
    NGINX_REAL_ADDRESSES: realAddresses(trusted),
    NGINX_ACCESS_LOG: join(folder, "access.log"),
    NGINX_MORE_SERVERS: "",
  });
}

function template(shutdownSeconds: number | undefined): string {
  const shipped = readFileSync(join(NGINX_FOLDER, "nginx.conf.template"), "utf8");
  if (shutdownSeconds === undefined) return shipped;
  return shipped.replace(
    /^worker_shutdown_timeout .*$/m,
    `worker_shutdown_timeout ${shutdownSeconds}s;`,
  );
}

function realAddresses(networks: readonly string[]): string {
  if (networks.length === 0) return "";
  const rules = networks.map((network) => `set_real_ip_from ${network};`);
  return [...rules, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;"].join(" ");
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
