import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { RunOptions } from "../arguments/parse-arguments.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { observeService } from "../measure/observed-process.ts";
import { parseMinted } from "./mint.ts";
import type { Site } from "./site.ts";

/** A site that runs already, with users that somebody has minted for it. */
export async function givenSite(
  url: string,
  options: Pick<RunOptions, "users" | "usersFile" | "metrics">,
): Promise<Site> {
  const { usersFile = "-" } = options;
  const lines = usersFile === "-" ? await text(process.stdin) : await readFile(usersFile, "utf8");
  const users = parseMinted(lines).slice(0, options.users);
  if (users.length < options.users) {
    throw new UsageError(`--users ${options.users}: ${usersFile} has ${users.length}`);
  }
  const processes = options.metrics.map((page, index) =>
    observeService(`chat-${index + 1}`, "chat", page),
  );
  return {
    url,
    socketUrls: [url],
    authUrl: url,
    users,
    freshUsers: async () => users,
    processes: () => processes,
    faults: undefined,
    description: url,
    async stop() {},
  };
}
