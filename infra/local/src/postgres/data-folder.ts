import { randomBytes } from "node:crypto";
import {
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { writableFolder } from "../writable-folder.ts";
import { SYSTEM_FOLDER } from "./binaries.ts";
import { canReach, type SystemUser } from "./system-user.ts";
import type { ClusterTemplate } from "./template.ts";

/**
 * A Postgres folder of ours: `data` is the cluster, `password` its password, `log` what the
 * server wrote.
 */
export interface DataFolder {
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  readonly password: string;
  readonly throwAway: boolean;
}

/**
 * A new folder below the system's temporary one, for a cluster that lives as long as a run. With `template`
 * there may be one in it already.
 */
export function throwAwayFolder(
  user: SystemUser,
  template: ClusterTemplate | undefined,
): DataFolder {
  const temporary = canReach(user, tmpdir()) ? tmpdir() : "/tmp";
  const folder = mkdtempSync(join(temporary, "moim-postgres-"));
  template?.copyTo(folder);
  if (user) own(folder, user);
  return open(folder, user, true);
}

function own(folder: string, { userId, groupId }: NonNullable<SystemUser>): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    lchownSync(join(folder, name), userId, groupId);
  }
}

/**
 * The folder a caller named, made where absent. Where `user` cannot reach it, it becomes a link
 * to a folder of its own below `SYSTEM_FOLDER`.
 */
export function lastingFolder(folder: string, user: SystemUser): DataFolder {
  if (!existsSync(folder)) {
    writableFolder(dirname(folder), "the data folder");
    // A link is left where what it led to has been removed.
    rmSync(folder, { force: true });
    if (canReach(user, dirname(folder))) mkdirSync(folder, { mode: 0o700 });
    else {
      writableFolder(SYSTEM_FOLDER, "the folder", 0o755);
      symlinkSync(mkdtempSync(join(SYSTEM_FOLDER, "data-")), folder);
    }
  }
  return open(realpathSync(folder), user, false);
}

function open(folder: string, user: SystemUser, throwAway: boolean): DataFolder {
  if (user) chownSync(folder, user.userId, user.groupId);
  const passwordFile = join(folder, "password");
  if (!existsSync(passwordFile)) {
    writeFileSync(passwordFile, randomBytes(18).toString("hex"), { mode: 0o600 });
    if (user) chownSync(passwordFile, user.userId, user.groupId);
  }
  return {
    folder,
    data: join(folder, "data"),
    log: join(folder, "log"),
    password: readFileSync(passwordFile, "utf8").trim(),
    throwAway,
  };
}
