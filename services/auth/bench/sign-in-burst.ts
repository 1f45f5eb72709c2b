import { startPostgres } from "@moim/local";
import { connectPostgres, createLogger, createRegistry, Operational, runMain } from "@moim/service";
import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { PasswordHasher } from "../src/accounts/password-hasher.ts";
import { buildApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { KeyRing } from "../src/keys/key-ring.ts";
import { makeKeySet } from "../src/keys/key-set.ts";
import { Outbox } from "../src/mail/outbox.ts";
import { Seal } from "../src/mail/seal.ts";
import { createMetrics } from "../src/metrics.ts";
import { migrate } from "../src/migrations.ts";
import { mintUsers } from "../src/minting/mint-users.ts";
import { lifetimes } from "../src/sessions/lifetimes.ts";

/*
 * What a burst of sign-ins does to those who only refresh: once as it is, once with as many hashes at a
 * time as Node would run by itself. The rounds of all three take turns, so that whatever else the machine
 * does falls on each; only their ratio means something.
 */
const ROUNDS = 5;
const REFRESHES_PER_ROUND = 20;
const REFRESH_INTERVAL_MS = 75;
/** Waiting sign-ins that each round begins with: more than it gets done. */
const BURST = 100;

const UNBOUNDED = { concurrentMax: Number.POSITIVE_INFINITY, waitingMax: 0 };

runMain(async () => {
  const postgres = await startPostgres();
  try {
    await migrate(postgres.url);
    const logger = createLogger({ service: "bench" }, "silent");
    const options = { url: postgres.url, applicationName: "bench", connectionsMax: 10, logger };
    const pool = connectPostgres(options);
    const bounded = await service(postgres.url, pool, new PasswordHasher());
    const unbounded = await service(postgres.url, pool, new PasswordHasher(UNBOUNDED));
    const cases = [
      { name: "no sign-ins", app: bounded, burst: 0, refreshes: [] as Refresh[] },
      { name: "a burst of sign-ins", app: bounded, burst: BURST, refreshes: [] as Refresh[] },
      { name: "the same, unbounded", app: unbounded, burst: BURST, refreshes: [] as Refresh[] },
    ];
    for (let round = 0; round <= ROUNDS; round++) {
      for (const { app, burst, refreshes } of cases) {
        const measured = await measure(app, pool, burst);
        // The first round warms up.
        if (round > 0) refreshes.push(...measured);
      }
    }
    print(cases);
    await pool.end();
  } finally {
    await postgres.stop();
  }
  process.exit(0);
});

async function service(url: string, pool: Pool, hasher: PasswordHasher): Promise<FastifyInstance> {
  const config = await readConfig({ DATABASE_URL: url, EMAIL_VERIFICATION: "off" });
  const logger = createLogger({ service: "bench" }, "silent");
  const keys = await KeyRing.open(makeKeySet, logger, Date.now);
  const operational = new Operational(createRegistry(), {});
  const seal = new Seal(() => keys.deriveKeys("bench"));
  const app = await buildApp({
    ...{ config, pool, keys, operational, logger, hasher, redis: undefined, now: Date.now },
    outbox: new Outbox({ seal, publicUrl: config.mail.linkUrl }),
    metrics: createMetrics(operational.registry),
  });
  await app.ready();
  return app;
}

let minted = 0;

/** `delayMs` counts from when the refresh was due: one that waits for its turn counts too. */
type Refresh = { delayMs: number; isRefused: boolean };

async function measure(app: FastifyInstance, pool: Pool, burst: number): Promise<Refresh[]> {
  const nicknames = Array.from({ length: REFRESHES_PER_ROUND }, () => `bench${minted++}`);
  const ttl = { accessTtlSeconds: 600, refreshTtlSeconds: 600, issuer: "", audience: "" };
  const users = await mintUsers(pool, nicknames, lifetimes(ttl), Date.now());
  const signIns = Array.from({ length: burst }, () =>
    post(app, "sign-in", { email: `nobody${minted++}@example.org`, password: "correct-horse-1" }),
  );
  const startedAt = performance.now();
  const refreshes = await Promise.all(
    users.map(async ({ grant: { refreshToken } }, index) => {
      const dueAt = startedAt + index * REFRESH_INTERVAL_MS;
      await new Promise((resolve) => setTimeout(resolve, dueAt - performance.now()));
      const status = await post(app, "refresh", { refreshToken, tokenTransport: "body" });
      return { delayMs: performance.now() - dueAt, isRefused: status !== 200 };
    }),
  );
  await Promise.all(signIns);
  return refreshes;
}

async function post(app: FastifyInstance, route: string, payload: object): Promise<number> {
  const headers = { "x-forwarded-for": `10.0.${minted % 250}.${(minted >> 8) % 250}` };
  const options = { method: "POST", url: `/api/auth/${route}`, payload, headers } as const;
  return (await app.inject(options)).statusCode;
}

function print(cases: readonly { name: string; refreshes: Refresh[] }[]): void {
  const at = (refreshes: readonly Refresh[], part: number) => {
    const sorted = refreshes.map(({ delayMs }) => delayMs).sort((a, b) => a - b);
    return sorted[Math.floor(part * sorted.length)] ?? Number.NaN;
  };
  const idle = cases[0]?.refreshes ?? [];
  const line = (cells: readonly string[]) => cells.map((cell) => cell.padEnd(22)).join("");
  const rows = cases.map(({ name, refreshes }) => {
    const cells = [0.5, 0.95].flatMap((part) => [
      `${at(refreshes, part).toFixed(1)} ms`,
      `${(at(refreshes, part) / at(idle, part)).toFixed(1)} × idle`,
    ]);
    const refused = refreshes.filter(({ isRefused }) => isRefused).length;
    return line([name, ...cells, `${refused} of ${refreshes.length}`]);
  });
  const head = line(["refreshes during", "median", "", "95 of 100 below", "", "unanswered"]);
  process.stdout.write(`${[head, ...rows].map((row) => row.trimEnd()).join("\n")}\n`);
}
