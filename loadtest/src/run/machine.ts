import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import type { Machine } from "./result.ts";

const MANIFEST = new URL("../../../package.json", import.meta.url);

/** Where the numbers were measured, and on what: they mean nothing without it. */
export function thisMachine(servers: Readonly<Record<string, string>> = {}): Machine {
  const { version } = JSON.parse(readFileSync(MANIFEST, "utf8")) as { version: string };
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: `${type()} ${release()}`,
    node: process.version,
    moim: version,
    servers,
  };
}
