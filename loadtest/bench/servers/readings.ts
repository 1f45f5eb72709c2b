import { readFileSync } from "node:fs";

/** Resident memory of a process, as Linux counts it. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kibibytes) * 1_024;
}

/** The sum of one metric over nodes. */
export async function readMetrics(ports: readonly number[], name: string): Promise<number> {
  let sum = 0;
  for (const port of ports) {
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    sum += Number(new RegExp(`^${name} (\\S+)$`, "m").exec(page)?.[1]);
  }
  return sum;
}
