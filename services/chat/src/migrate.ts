import { postgresUrl, readEnvironment, runMain } from "@moim/service";
import { migrate } from "./migrations.ts";

runMain(async () => {
  const { DATABASE_URL } = readEnvironment(process.env, { DATABASE_URL: postgresUrl });
  await migrate(DATABASE_URL);
});
