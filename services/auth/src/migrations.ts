import { fileURLToPath } from "node:url";
import { migrateDatabase, requireTables } from "@moim/service";
import type { Pool } from "pg";

/** Beside `src`, where this file stands, and beside `dist`, where its bundle does. */
const folder = fileURLToPath(new URL("../drizzle", import.meta.url));

export function migrate(url: string): Promise<void> {
  return migrateDatabase({ url, folder, schema: "auth" });
}

/** Rejects with a line for people when the database cannot be reached or has no tables of ours. */
export function requireMigrated(pool: Pool): Promise<void> {
  return requireTables(pool, ["auth.refresh_tokens", "auth.avatars", "auth.mail_outbox"]);
}
