import { createHash, type Hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const NOT_INPUT = new Set(["node_modules", "dist", "test", ".data", ".cache"]);

/** One hash over the names and contents of files and folders; absent ones count as empty. */
export function inputHash(base: string, paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) addPath(hash, base, path);
  return hash.digest("hex");
}

function addPath(hash: Hash, base: string, path: string): void {
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path).sort()) {
      if (!NOT_INPUT.has(name)) addPath(hash, base, join(path, name));
    }
    return;
  }
  const content = readFileSync(path);
  hash.update(`${relative(base, path)}\0${content.length}\0`).update(content);
}
