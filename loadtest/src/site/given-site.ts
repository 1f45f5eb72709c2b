import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { RunOptions } from "../arguments/parse-arguments.ts";
import { UsageError } from "../arguments/usage-error.ts";
import type { MintedUser } from "../clients/load-client.ts";
import { refresh } from "../clients/refresh.ts";
import { observeService } from "../measure/observed-process.ts";
import { inParallel } from "./connect.ts";
import { parseMinted } from "./mint.ts";
import type { Site } from "./site.ts";

const TOKEN_LEFT_MIN_MS = 60_000;
const RENEWALS_AT_ONCE = 8;

/** A site that runs already, with users that somebody has minted for it. */
export async function givenSite(
  url: string,
  options: Pick<RunOptions, "users" | "usersFile" | "metrics">,
): Promise<Site> {
  const { usersFile = "-" } = options;
  const lines = usersFile === "-" ? await text(process.stdin) : await readFile(usersFile, "utf8");
  const given = parseMinted(lines).slice(0, options.users);
  if (given.length < options.users) {
    throw new UsageError(`--users ${options.users}: ${usersFile} has ${given.length}`);
  }
  const users = await renewed(given, url);
  const processes = options.metrics.map((page, index) =>
    observeService(`chat-${index + 1}`, "chat", page),
  );
  return {
    url,
    socketUrls: [url],
    authUrl: url,
    users,
    askers: undefined,
    processes: () => processes,
    faults: undefined,
    versions: {},
    description: url,
    async stop() {},
  };
}

/** Those whose token would not see the rooms made get another one first, as any client would. */
async function renewed(users: readonly MintedUser[], url: string): Promise<MintedUser[]> {
  const renewedUsers = [...users];
  await inParallel(users, RENEWALS_AT_ONCE, async (user, index) => {
    if (user.expiresAt - Date.now() > TOKEN_LEFT_MIN_MS) return;
    renewedUsers[index] = await refresh(url, user, undefined).catch((error: Error) => {
      throw new UsageError(`${user.nickname} got no new token: ${error.message}`);
    });
  });
  return renewedUsers;
}
