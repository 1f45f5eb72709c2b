import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { StartFailure } from "./process/start-failure.ts";

/**
 * Makes `folder` and whatever is missing above it, and answers it. Throws a `StartFailure` that
 * calls it `name` where it cannot be made or be written to. `mode` is that of folders it makes.
 *
 * Level by level, because the `recursive` of Node 20 never returns where a parent exists and the
 * system still answers that there is no such folder, as it does below /proc.
 */
export function writableFolder(folder: string, name: string, mode = 0o777): string {
  try {
    for (const level of missingLevels(folder)) makeOne(level, mode);
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartFailure(`${name} ${folder} cannot be written to (${codeOf(error) ?? error})`);
  }
  return folder;
}

/** From the top down; the root of a file system is never missing. */
function missingLevels(folder: string): string[] {
  if (existsSync(folder) || dirname(folder) === folder) return [];
  return [...missingLevels(dirname(folder)), folder];
}

function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process may have made it in between.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
