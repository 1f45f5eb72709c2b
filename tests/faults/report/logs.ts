import { cpSync, mkdirSync, rmSync } from "node:fs";

/** Keeps what the processes wrote, for whoever has to find out why: the cluster takes its folder away. */
export function keepLogs(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  cpSync(from, to, { recursive: true });
}
