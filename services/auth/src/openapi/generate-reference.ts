import { writeFileSync } from "node:fs";
import { createLogger, createRegistry, Operational, runMain } from "@moim/service";
import { Pool } from "pg";
import { buildApp } from "../app.ts";
import { readConfig } from "../config.ts";
import { KeyRing } from "../keys/key-ring.ts";
import { makeKeySet } from "../keys/key-set.ts";
import { Outbox } from "../mail/outbox.ts";
import { Seal } from "../mail/seal.ts";
import { createMetrics } from "../metrics.ts";

// Writes reference/openapi.json; a test compares what is committed with what the service says of itself.
runMain(async () => {
  const config = await readConfig({ DATABASE_URL: "postgres://nobody@127.0.0.1/never-asked" });
  const logger = createLogger({ service: "auth" }, "silent");
  const operational = new Operational(createRegistry(), {});
  const app = await buildApp({
    ...{ config, logger, operational, redis: undefined, now: Date.now },
    pool: new Pool({ connectionString: config.databaseUrl }),
    keys: await KeyRing.open(makeKeySet, logger, Date.now),
    outbox: new Outbox({ seal: new Seal(() => []), publicUrl: config.mail.linkUrl }),
    metrics: createMetrics(operational.registry),
  });
  await app.ready();
  const text = `${JSON.stringify(app.swagger(), null, 2)}\n`;
  writeFileSync(new URL("../../reference/openapi.json", import.meta.url), text);
  process.exit(0);
});
