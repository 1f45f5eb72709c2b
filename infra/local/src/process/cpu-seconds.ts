import { readdirSync, readFileSync } from "node:fs";

/** Of Linux on every processor that we know. */
const TICKS_PER_SECOND = 100;

type Stat = { parent: number; seconds: number };

/** Undefined for a process that has gone. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may hold spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [parent, user, system, childUser, childSystem] = [1, 11, 12, 13, 14].map((index) =>
      Number(fields[index]),
    );
    const ticks = (user ?? 0) + (system ?? 0) + (childUser ?? 0) + (childSystem ?? 0);
    return { parent: parent ?? 0, seconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}

/** Processor time that the process has used, with that of children which have ended. */
export function cpuSecondsOf(pid: number): number {
  return statOf(pid)?.seconds ?? 0;
}

/** The same with the children that run. */
export function cpuSecondsOfTree(pid: number): number {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => statOf(child)?.parent === pid);
  return children.reduce((total, child) => total + cpuSecondsOf(child), cpuSecondsOf(pid));
}
