import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { processIdentity } from "./process-identity.ts";

const CHECK_EVERY_MS = 1000;
const ANCESTORS_MAX = 8;
const LAUNCHER = /^(\S*\/)?(npm|npx|pnpm)( |$)|^\S*node \S*(npm-cli|npx-cli|pnpm)\.[cm]?js( |$)/;
const SHELL = /^(\S*\/)?sh -c /;

/**
 * Calls back once when the npx, npm or pnpm that this process was started by ends before it.
 * npx passes a signal on to a shell, and the shell not to pnpm: who ends npx would otherwise
 * leave everything behind it running.
 */
export function whenLauncherEnds(ended: () => void): void {
  const pid = outermostLauncher();
  const identity = pid && processIdentity(pid);
  if (!pid || !identity) return;
  const timer = setInterval(() => {
    if (processIdentity(pid) === identity) return;
    clearInterval(timer);
    ended();
  }, CHECK_EVERY_MS);
  timer.unref();
}

/** The furthest ancestor that is a package manager, with nothing but their shells in between. */
function outermostLauncher(): number | undefined {
  let found: number | undefined;
  let pid = process.ppid;
  for (let count = 0; count < ANCESTORS_MAX && pid > 1; count += 1) {
    const ancestor = describe(pid);
    if (ancestor === undefined) break;
    if (LAUNCHER.test(ancestor.command)) found = pid;
    else if (!SHELL.test(ancestor.command)) break;
    pid = ancestor.parent;
  }
  return found;
}

function describe(pid: number): { parent: number; command: string } | undefined {
  if (process.platform !== "linux") {
    const answer = spawnSync("ps", ["-o", "ppid=,command=", "-p", String(pid)], {
      encoding: "utf8",
    });
    const fields = /^\s*(\d+)\s+(.*)/.exec(answer.stdout ?? "");
    return fields ? { parent: Number(fields[1]), command: fields[2] ?? "" } : undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { parent, command };
  } catch {
    return undefined;
  }
}
