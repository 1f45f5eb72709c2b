import { fileURLToPath } from "node:url";
import { migrateDatabase, postgresUrl, readEnvironment, runMain } from "@moim/service";

runMain(async () => {
  const { DATABASE_URL } = readEnvironment(process.env, { DATABASE_URL: postgresUrl });
  await migrateDatabase({
    url: DATABASE_URL,
    folder: fileURLToPath(new URL("../drizzle", import.meta.url)),
    schema: "chat",
  });
});
