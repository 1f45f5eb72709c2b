import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { StartFailure } from "../process/start-failure.ts";

const WAIT_MS = 20_000;

/**
 * Makes way after a crash. A server that still runs on this data is stopped (whoever started it
 * is gone: the caller holds the lock on the folder). A pid file whose number now belongs to some
 * other program, as happens whenever a container starts anew, is removed; Postgres would refuse.
 */
export async function clearStalePostmaster(data: string): Promise<void> {
  const pidFile = join(data, "postmaster.pid");
  const pid = readPid(pidFile);
  if (pid === undefined) return;
  if (isPostgres(pid)) {
    process.kill(pid, "SIGINT");
    const deadlineMs = Date.now() + WAIT_MS;
    while (isPostgres(pid)) {
      if (Date.now() > deadlineMs) {
        throw new StartFailure(`another Postgres (pid ${pid}) holds ${data} and does not stop`);
      }
      await delay(50);
    }
  }
  rmSync(pidFile, { force: true });
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, "utf8"), 10);
    return pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isPostgres(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const command = commandOf(pid);
  return command !== undefined && /(^|\/)postgres(\s|$|\0)/.test(command);
}

function commandOf(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0];
    } catch {
      return undefined;
    }
  }
  const answer = spawnSync("ps", ["-o", "comm=", "-p", String(pid)], { encoding: "utf8" });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}
