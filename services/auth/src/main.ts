import { setTimeout as delay } from "node:timers/promises";
import {
  checkSessionSettings,
  closeOnSignal,
  connectPostgres,
  connectRedis,
  createLogger,
  createRegistry,
  type Logger,
  Operational,
  runMain,
} from "@moim/service";
import { buildApp } from "./app.ts";
import { type MailConfig, readConfig, warningsAbout } from "./config.ts";
import { deleteExpiredRegularly } from "./db/expire.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { keySource } from "./keys/key-source.ts";
import { logTransport } from "./mail/log-transport.ts";
import { MailWorker } from "./mail/mail-worker.ts";
import { Outbox } from "./mail/outbox.ts";
import { countWaiting } from "./mail/queue.ts";
import { Seal } from "./mail/seal.ts";
import { smtpTransport } from "./mail/smtp-transport.ts";
import type { MailTransport } from "./mail/transport.ts";
import { createMetrics } from "./metrics.ts";
import { requireMigrated } from "./migrations.ts";

const CONNECTIONS_MAX = 10;
/** For all of the closing: requests under way get half of it, mails a quarter, the database the rest. */
const CLOSE_DEADLINE_MS = 10_000;
/**
 * How long a process stays after it has stopped listening. A proxy that is refused asks the next one at
 * once and leaves this address alone for a while; an address that has gone would keep it waiting.
 */
const NOTICED_MS = 2_000;

runMain(async () => {
  const config = await readConfig(process.env);
  const logger = createLogger({ service: "auth" }, config.logLevel);
  for (const warning of warningsAbout(config)) logger.warn(warning);
  const pool = connectPostgres({
    url: config.databaseUrl,
    applicationName: "moim-auth",
    connectionsMax: CONNECTIONS_MAX,
    logger,
  });
  await requireMigrated(pool);
  await checkSessionSettings(pool, logger);
  const redis = config.redisUrl && connectRedis(config.redisUrl, "moim-auth", logger);
  if (!redis) logger.info("no REDIS_URL: chat nodes learn of ended sessions from the database");
  const keys = await KeyRing.open(keySource(config, pool), logger, Date.now);
  const operational = new Operational(createRegistry(), { database: () => requireMigrated(pool) });
  const metrics = createMetrics(operational.registry);
  const seal = new Seal(() => keys.deriveKeys("moim mail outbox"));
  const outbox = new Outbox({ seal, publicUrl: config.mail.linkUrl });
  const transport = mailTransport(config.mail, logger);
  const mails = new MailWorker({ pool, seal, transport, metrics, logger });
  outbox.onWritten(() => mails.wake());
  metrics.observeMailsWaiting(() => countWaiting(pool));
  const app = await buildApp({
    ...{ config, pool, keys, outbox, metrics, operational, logger },
    redis: redis || undefined,
    now: Date.now,
  });
  const stopDeleting = deleteExpiredRegularly(pool, (error) =>
    logger.warn({ err: error }, "what has expired could not be deleted"),
  );
  const stopReloading = keys.reloadRegularly();
  mails.start();
  await app.listen({ host: config.host, port: config.port });
  const { host, port } = config;
  logger.info({ host, port, redis: redis !== undefined }, "auth is ready");
  closeOnSignal(
    async () => {
      operational.drain();
      stopDeleting();
      stopReloading();
      await app.close();
      await Promise.all([mails.stop(), config.isProduction ? delay(NOTICED_MS) : undefined]);
      if (redis) redis.disconnect();
      await pool.end();
      logger.info("auth has left");
    },
    logger,
    CLOSE_DEADLINE_MS,
  );
});

function mailTransport({ server, from }: MailConfig, logger: Logger): MailTransport {
  return server.kind === "log" ? logTransport(logger) : smtpTransport(server, from);
}
