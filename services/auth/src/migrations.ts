import { fileURLToPath } from "node:url";
import { ConfigurationError, migrateDatabase } from "@moim/service";
import type { Pool } from "pg";

const UNDEFINED_TABLE = "42P01";

/** Beside `src`, where this file stands, and beside `dist`, where its bundle does. */
const folder = fileURLToPath(new URL("../drizzle", import.meta.url));

export function migrate(url: string): Promise<void> {
  return migrateDatabase({ url, folder, schema: "auth" });
}

/** Rejects with a line for people when the database cannot be reached or has no tables of ours. */
export async function requireMigrated(pool: Pool): Promise<void> {
  try {
    await pool.query("SELECT FROM auth.refresh_tokens LIMIT 0");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === UNDEFINED_TABLE;
    if (!isMissing) throw error;
    throw new ConfigurationError("DATABASE_URL names a database without tables: migrate it first");
  }
}
