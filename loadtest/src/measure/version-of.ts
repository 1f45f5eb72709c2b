import { spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";

/** `postgres (PostgreSQL) 18.1`, `Redis server v=7.0.15 sha=…`, `nginx version: nginx/1.22.1` */
const VERSION = /\d+(\.\d+)+/;

/** Of the program that this process runs; `flag` has it print its version. */
export function versionOf(pid: number, flag: string): string {
  const { stdout, stderr } = spawnSync(readlinkSync(`/proc/${pid}/exe`), [flag], {
    encoding: "utf8",
  });
  return VERSION.exec(stdout + stderr)?.[0] ?? "unknown";
}
