import { once } from "node:events";
import { connectPostgres, createLogger, runMain } from "@moim/service";
import { type AuthConfig, readConfig } from "./config.ts";
import { signAccessToken } from "./keys/access-tokens.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { keySource } from "./keys/key-source.ts";
import { requireMigrated } from "./migrations.ts";
import { parseMintRequest } from "./minting/mint-request.ts";
import { type MintedUser, mintUsers } from "./minting/mint-users.ts";
import { lifetimes } from "./sessions/lifetimes.ts";

const BATCH_USERS = 1_000;

runMain(async () => {
  const request = parseMintRequest(process.argv.slice(2));
  const config = withTtl(await readConfig(process.env), request.ttlSeconds);
  const logger = createLogger({ service: "mint" }, "silent");
  const pool = connectPostgres({
    url: config.databaseUrl,
    applicationName: "moim-mint",
    connectionsMax: 2,
    logger,
  });
  await requireMigrated(pool);
  const keys = await KeyRing.open(keySource(config, pool), logger, Date.now);
  for (let first = 0; first < request.users; first += BATCH_USERS) {
    const count = Math.min(BATCH_USERS, request.users - first);
    const nicknames = Array.from({ length: count }, (_, i) => `${request.prefix}${first + i}`);
    const now = Date.now();
    const minted = await mintUsers(pool, nicknames, lifetimes(config.token), now);
    await print(
      minted.map((user) =>
        toLine(user, (subject) => signAccessToken(keys, config.token, subject, now)),
      ),
    );
  }
  await pool.end();
});

/** A load test must not outlive its refresh tokens either. */
function withTtl(config: AuthConfig, accessTtlSeconds: number): AuthConfig {
  const refreshTtlSeconds = Math.max(config.token.refreshTtlSeconds, accessTtlSeconds);
  return { ...config, token: { ...config.token, accessTtlSeconds, refreshTtlSeconds } };
}

type Sign = (subject: { userId: string; sessionId: string; expiresAt: number }) => string;

function toLine({ userId, nickname, grant }: MintedUser, sign: Sign): string {
  const { sessionId, refreshToken, accessExpiresAt: expiresAt } = grant;
  const accessToken = sign({ userId, sessionId, expiresAt });
  return JSON.stringify({ userId, nickname, sessionId, accessToken, expiresAt, refreshToken });
}

async function print(lines: readonly string[]): Promise<void> {
  if (!process.stdout.write(`${lines.join("\n")}\n`)) await once(process.stdout, "drain");
}
