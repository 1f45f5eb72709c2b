import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/**
 * The guard outlives this process, even a `kill -9` of it: it holds one end of a pipe and reads.
 * A line means that the child has ended and there is nothing to do. The end of the pipe means
 * that we are gone: it stops the child and removes what was to be thrown away. It is forked
 * twice so that the child, which keeps the pid of this shell, does not find it among its children.
 */
const GUARD = `
stop_signal=$1; remove=$2; shift 2
( { read -r _ <&3 || {
      kill -s "$stop_signal" $$ 2>/dev/null
      tries=0
      while kill -0 $$ 2>/dev/null && [ $tries -lt 150 ]; do sleep 0.1; tries=$((tries + 1)); done
      kill -s KILL $$ 2>/dev/null
      [ -z "$remove" ] || rm -rf "$remove"
    }; } >/dev/null 2>&1 & )
exec 3<&-
exec "$@"
`;

const LOG_TAIL_BYTES = 64 * 1024;

export interface GuardedProcessOptions {
  readonly command: string;
  readonly arguments?: readonly string[];
  /** The whole environment of the child; this process's own where absent. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly directory?: string;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** What asks the child to end; SIGTERM where absent. */
  readonly stopSignal?: "SIGTERM" | "SIGINT";
  /** A folder the guard removes should this process die without stopping the child. */
  readonly removeWhenOrphaned?: string;
  readonly userId?: number;
  readonly groupId?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface GuardedProcess {
  readonly pid: number;
  /** Resolves when the child has ended, however it ended; never rejects. */
  readonly exited: Promise<Exit>;
  /** The way it ended, `undefined` while it runs. */
  exit(): Exit | undefined;
  /** What it writes goes there. */
  readonly logFile: string;
  /** The last lines it wrote to its log file. */
  lastLines(count: number): string[];
  kill(signal: NodeJS.Signals): void;
  /** Asks it to end, and kills it after `timeoutMs`. Resolves when it has ended. */
  stop(timeoutMs?: number): Promise<Exit>;
}

/**
 * Starts a child that cannot outlive this process and that Ctrl-C on the terminal does not reach
 * directly (it has a process group of its own), so that an order of stopping can be kept.
 */
export async function startGuardedProcess(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const log = openSync(options.logFile, "a");
  const child = spawn(
    "/bin/sh",
    [
      "-c",
      GUARD,
      "guard",
      (options.stopSignal ?? "SIGTERM").slice("SIG".length),
      options.removeWhenOrphaned ?? "",
      options.command,
      ...(options.arguments ?? []),
    ],
    {
      cwd: options.directory ?? "/",
      env: options.environment ?? process.env,
      detached: true,
      stdio: ["ignore", log, log, "pipe"],
      ...(options.userId === undefined ? {} : { uid: options.userId }),
      ...(options.groupId === undefined ? {} : { gid: options.groupId }),
    },
  );
  closeSync(log);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
  return watch(child, pid, options);
}

function watch(child: ChildProcess, pid: number, options: GuardedProcessOptions): GuardedProcess {
  let exit: Exit | undefined;
  const guard = child.stdio[3];
  // The guard may be gone already (killed with the group); writing to it is then of no interest.
  guard?.on("error", () => {});
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => {
      exit = { code, signal };
      if (guard && "end" in guard) guard.end("ended\n");
      resolve(exit);
    });
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (exit === undefined) child.kill(signal);
  };
  return {
    pid,
    exited,
    logFile: options.logFile,
    exit: () => exit,
    kill,
    lastLines: (count) => lastLines(options.logFile, count),
    async stop(timeoutMs = 15_000) {
      kill(options.stopSignal ?? "SIGTERM");
      const patience = new AbortController();
      const impatient = delay(timeoutMs, undefined, { signal: patience.signal, ref: false }).then(
        () => kill("SIGKILL"),
        () => {},
      );
      const how = await exited;
      patience.abort();
      await impatient;
      return how;
    },
  };
}

/** The last non-empty lines of a text file; none where it cannot be read. */
export function lastLines(file: string, count: number): string[] {
  try {
    const tail = readFileSync(file).subarray(-LOG_TAIL_BYTES).toString("utf8");
    return tail.split("\n").filter(Boolean).slice(-count);
  } catch {
    return [];
  }
}
