import { randomUUID } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { ConfigurationError, connectPostgres, createLogger, type Environment } from "@moim/service";
import type { Pool } from "pg";
import { type AuthConfig, readConfig } from "../config.ts";
import { requireMigrated } from "../migrations.ts";
import { lastAccessExpiry } from "../sessions/last-access-expiry.ts";
import { keysFromDatabase, rotateDatabaseKeys } from "./database-keys.ts";
import { type KeySet, makeKeySet, rotateKeySet, serialiseKeySet } from "./key-set.ts";
import { keySource } from "./key-source.ts";
import { type KeysRequest, parseKeysRequest } from "./keys-request.ts";

/**
 * Makes, lists or rotates keys, and resolves to lines that say which there are now. No line holds a
 * private key. Rejects with `ConfigurationError` for what cannot be done.
 */
export async function runKeysCommand(
  commandLine: readonly string[],
  environment: Environment,
): Promise<string[]> {
  const request = parseKeysRequest(commandLine);
  if (request.command === "make") {
    const made = await makeKeySet();
    await writePrivately(request.out, made);
    return linesOf(made);
  }
  const config = await readConfig(environment);
  const pool = connectPostgres({
    url: config.databaseUrl,
    applicationName: "moim-keys",
    connectionsMax: 1,
    logger: createLogger({ service: "keys" }, "silent"),
  });
  try {
    await requireMigrated(pool);
    return linesOf(await carryOut(request, config, pool));
  } finally {
    await pool.end();
  }
}

async function carryOut(
  request: Exclude<KeysRequest, { command: "make" }>,
  config: AuthConfig,
  pool: Pool,
): Promise<KeySet> {
  if (request.command === "list") return keySource(config, pool)();
  const now = Date.now();
  const lastTokenExpiresAt = Math.max(
    now + config.token.accessTtlSeconds * 1000,
    await lastAccessExpiry(pool),
  );
  if (config.signingKeys === undefined) {
    if (request.out !== undefined) throw new ConfigurationError("--out is for SIGNING_KEYS alone");
    await keysFromDatabase(pool);
    return rotateDatabaseKeys(pool, { now, lastTokenExpiresAt });
  }
  if (request.out === undefined) {
    throw new ConfigurationError(
      "SIGNING_KEYS is yours to keep: say --out FILE, which gets the new set (mode 600)",
    );
  }
  const rotated = await rotateKeySet(config.signingKeys, { now, lastTokenExpiresAt });
  await writePrivately(request.out, rotated);
  return rotated;
}

/** Readable by its owner alone from the first byte on, and there as a whole or not at all. */
async function writePrivately(path: string, set: KeySet): Promise<void> {
  const unfinished = `${path}.${randomUUID()}`;
  await writeFile(unfinished, serialiseKeySet(set, Date.now()), { mode: 0o600, flag: "wx" });
  await rename(unfinished, path);
}

/** Names and states only: what is printed ends up in terminals and logs. */
function linesOf({ current, next, retired }: KeySet): string[] {
  return [
    `current  ${current.kid}`,
    ...(next ? [`next     ${next.kid}`] : []),
    ...retired.map(({ key, expiresAt }) =>
      expiresAt === null
        ? `retired  ${key.kid}`
        : `retired  ${key.kid} until ${new Date(expiresAt).toISOString()}`,
    ),
  ];
}
