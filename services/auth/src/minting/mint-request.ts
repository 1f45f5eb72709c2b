import { parseArgs } from "node:util";
import { ConfigurationError } from "@moim/service";
import { z } from "zod";

const USERS_MAX = 1_000_000;
const TTL_SECONDS_MAX = 30 * 24 * 3600;

const wholeNumber = (max: number) => z.coerce.number().int().min(1).max(max);

const mintRequest = z.object({
  users: wholeNumber(USERS_MAX),
  prefix: z.string().regex(/^[\p{L}\p{Nd}_.-]{1,40}$/u),
  "ttl-seconds": wholeNumber(TTL_SECONDS_MAX),
});

export type MintRequest = { users: number; prefix: string; ttlSeconds: number };

const USAGE = "usage: mint --users N --prefix P --ttl-seconds T";

/** Throws `ConfigurationError` with one line that names what is wrong. */
export function parseMintRequest(commandLine: readonly string[]): MintRequest {
  const result = mintRequest.safeParse(optionsOf(commandLine));
  if (result.success) {
    const { users, prefix, "ttl-seconds": ttlSeconds } = result.data;
    return { users, prefix, ttlSeconds };
  }
  const issue = result.error.issues[0];
  throw new ConfigurationError(`--${String(issue?.path[0])}: ${issue?.message} (${USAGE})`);
}

function optionsOf(commandLine: readonly string[]) {
  try {
    return parseArgs({
      // `pnpm mint -- --users 5` hands the two dashes on.
      args: commandLine.filter((argument) => argument !== "--"),
      options: {
        users: { type: "string" },
        prefix: { type: "string" },
        "ttl-seconds": { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new ConfigurationError(`${error instanceof Error ? error.message : error} (${USAGE})`);
  }
}
