import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { StartFailure } from "../process/start-failure.ts";

/** Whom Postgres runs as; `undefined` stands for the user who started this process. */
export type SystemUser = { readonly userId: number; readonly groupId: number } | undefined;

/** In this order; the second one exists on every Unix. */
const CANDIDATES = ["postgres", "nobody"];

/**
 * Postgres refuses to run as root, so root hands it to another user: the owner of an existing
 * data folder, else the first candidate that this system knows.
 */
export function postgresUser(dataFolder: string | undefined): SystemUser {
  if (process.getuid?.() !== 0) return undefined;
  const owner = dataFolder && statSync(dataFolder, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { userId: owner.uid, groupId: owner.gid };
  for (const name of CANDIDATES) {
    const userId = id("-u", name);
    const groupId = id("-g", name);
    if (userId !== undefined && groupId !== undefined) return { userId, groupId };
  }
  throw new StartFailure(
    "Postgres cannot run as root, and there is no user postgres or nobody to run it as",
  );
}

/** Whether this user may enter or run `path`, all the folders above it included. */
export function canReach(user: SystemUser, path: string): boolean {
  if (user === undefined) return true;
  const probe = spawnSync("test", ["-x", path], { uid: user.userId, gid: user.groupId, cwd: "/" });
  return probe.status === 0;
}

function id(flag: "-u" | "-g", name: string): number | undefined {
  const answer = spawnSync("id", [flag, name], { encoding: "utf8" });
  return answer.status === 0 ? Number.parseInt(answer.stdout, 10) : undefined;
}
