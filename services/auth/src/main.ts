import {
  closeOnSignal,
  connectPostgres,
  connectRedis,
  createLogger,
  createRegistry,
  Operational,
  runMain,
} from "@moim/service";
import { buildApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { deleteExpiredRegularly } from "./db/expire.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { keySource } from "./keys/key-source.ts";
import { logMailer } from "./mail/mailer.ts";
import { requireMigrated } from "./migrations.ts";

const CONNECTIONS_MAX = 10;
/** For all of the closing: requests under way get half of it, the database the rest. */
const CLOSE_DEADLINE_MS = 10_000;

runMain(async () => {
  const config = await readConfig(process.env);
  const logger = createLogger({ service: "auth" }, config.logLevel);
  const pool = connectPostgres({
    url: config.databaseUrl,
    applicationName: "moim-auth",
    connectionsMax: CONNECTIONS_MAX,
    logger,
  });
  await requireMigrated(pool);
  const redis = config.redisUrl && connectRedis(config.redisUrl, "moim-auth", logger);
  if (!redis) logger.info("no REDIS_URL: chat nodes learn of ended sessions from the database");
  const keys = await KeyRing.open(keySource(config, pool), logger, Date.now);
  const operational = new Operational(createRegistry(), { database: () => requireMigrated(pool) });
  const app = await buildApp({
    ...{ config, pool, keys, operational, logger },
    redis: redis || undefined,
    mailer: logMailer(logger),
    now: Date.now,
  });
  const stopDeleting = deleteExpiredRegularly(pool, (error) =>
    logger.warn({ err: error }, "what has expired could not be deleted"),
  );
  const stopReloading = keys.reloadRegularly();
  await app.listen({ host: config.host, port: config.port });
  closeOnSignal(
    async () => {
      operational.drain();
      stopDeleting();
      stopReloading();
      await app.close();
      if (redis) redis.disconnect();
      await pool.end();
    },
    logger,
    CLOSE_DEADLINE_MS,
  );
});
