import { readdirSync, readFileSync } from "node:fs";

/** Of Linux on every processor that we know. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

export type ProcessUse = { cpuSeconds: number; memoryBytes: number };

type Stat = ProcessUse & { parent: number };

/** Undefined for a process that has gone, or where there is no /proc. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may hold spaces.
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const field = (index: number) => fields[index] ?? 0;
    // Of the process and of children that have ended, in user mode and in the kernel.
    const ticks = field(11) + field(12) + field(13) + field(14);
    const cpuSeconds = ticks / TICKS_PER_SECOND;
    return { parent: field(1), cpuSeconds, memoryBytes: privateBytesOf(pid) };
  } catch {
    return undefined;
  }
}

/** What the process does not share: Postgres's backends all show the same shared memory as theirs. */
function privateBytesOf(pid: number): number {
  const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, "utf8")
    .split(" ")
    .map(Number);
  return (resident - shared) * PAGE_BYTES;
}

/** Of the process with the children that run. */
export function useOfTree(pid: number): ProcessUse | undefined {
  const own = statOf(pid);
  if (own === undefined) return undefined;
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? [])
    .filter(({ parent }) => parent === pid);
  return children.reduce(
    (total, child) => ({
      cpuSeconds: total.cpuSeconds + child.cpuSeconds,
      memoryBytes: total.memoryBytes + child.memoryBytes,
    }),
    { cpuSeconds: own.cpuSeconds, memoryBytes: own.memoryBytes },
  );
}
