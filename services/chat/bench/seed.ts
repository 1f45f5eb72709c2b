import { postgresUrl, readEnvironment, runMain } from "@moim/service";
import { LARGE, seedDatabase } from "./seed-database.ts";

/* Fills the migrated, empty database at DATABASE_URL with a million messages in 10,000 rooms. */

runMain(async () => {
  const { DATABASE_URL } = readEnvironment(process.env, { DATABASE_URL: postgresUrl });
  const startedAt = performance.now();
  const seeded = await seedDatabase(DATABASE_URL, LARGE);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(`${JSON.stringify({ ...LARGE, seconds: Number(seconds), ...seeded })}\n`);
});
