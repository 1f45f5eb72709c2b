import { build } from "../build/build.ts";
import { migrate } from "../build/migrate.ts";
import { StartFailure } from "../process/start-failure.ts";
import { say } from "../terminal.ts";

/** `pnpm migrate`: brings the database of DATABASE_URL up to date; safe to run at once from many places. */
export async function run(): Promise<number> {
  if (!process.env.DATABASE_URL && !process.env.DATABASE_URL_FILE) {
    throw new StartFailure("DATABASE_URL is not set: it names the database to bring up to date");
  }
  await build();
  await migrate(process.env);
  say("The database is up to date.");
  return 0;
}
