import { fileURLToPath } from "node:url";
import { createLogger, migrateDatabase, newestMigration, requireMigration } from "@moim/service";
import type { Pool } from "pg";

/** Beside `src`, where this file stands, and beside `dist`, where its bundle does. */
const FILES = { folder: fileURLToPath(new URL("../drizzle", import.meta.url)), schema: "auth" };
const NEWEST = newestMigration(FILES);

export function migrate(url: string): Promise<void> {
  return migrateDatabase({ ...FILES, url, logger: createLogger({ service: "migrate" }, "info") });
}

/** Rejects with a line for people when the database cannot be reached or is older than this build. */
export function requireMigrated(pool: Pool): Promise<void> {
  return requireMigration(pool, FILES.schema, NEWEST);
}
