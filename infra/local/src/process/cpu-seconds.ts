import { readdirSync, readFileSync } from "node:fs";

/** Of Linux on every processor that we know. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

export type ProcessUse = { cpuSeconds: number; memoryBytes: number };

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

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => statOf(child)?.parent === pid);
}

/** Processor time that the process has used, with that of children which have ended. */
export function cpuSecondsOf(pid: number): number {
  return statOf(pid)?.seconds ?? 0;
}

/** The same with the children that run. */
export function cpuSecondsOfTree(pid: number): number {
  return childrenOf(pid).reduce((total, child) => total + cpuSecondsOf(child), cpuSecondsOf(pid));
}

/** With the memory that its processes do not share; undefined when it has gone, or without a /proc. */
export function useOfTree(pid: number): ProcessUse | undefined {
  if (statOf(pid) === undefined) return undefined;
  const processes = [pid, ...childrenOf(pid)];
  return {
    cpuSeconds: cpuSecondsOfTree(pid),
    memoryBytes: processes.reduce((sum, one) => sum + privateBytesOf(one), 0),
  };
}

/** Postgres's backends all show the same shared memory as theirs: it is left out. */
function privateBytesOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ").map(Number);
    return ((fields[1] ?? 0) - (fields[2] ?? 0)) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
