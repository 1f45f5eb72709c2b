import cookie from "@fastify/cookie";
import type { Logger, Operational, RedisPublisher } from "@moim/service";
import { drizzle } from "drizzle-orm/node-postgres";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Pool } from "pg";
import { Accounts } from "./accounts/accounts.ts";
import { PasswordHasher } from "./accounts/password-hasher.ts";
import { PasswordResets } from "./accounts/password-resets.ts";
import { Profiles } from "./accounts/profiles.ts";
import { VerificationCodes } from "./accounts/verification-codes.ts";
import { postgresAvatars } from "./avatars/avatar-store.ts";
import type { AuthConfig } from "./config.ts";
import { registerAccessTokens } from "./keys/access-tokens.ts";
import type { KeyRing } from "./keys/key-ring.ts";
import { registerRateLimits } from "./limits/rate-limits.ts";
import { SharedCounts } from "./limits/shared-counts.ts";
import type { Outbox } from "./mail/outbox.ts";
import type { Metrics } from "./metrics.ts";
import { registerOpenApi, registerReferencePages } from "./openapi/register-openapi.ts";
import { avatarRoutes } from "./routes/avatars.ts";
import { answerClientError } from "./routes/client-error.ts";
import type { Context } from "./routes/context.ts";
import { answerBeforeClosing } from "./routes/farewell.ts";
import { operationalRoutes } from "./routes/operational.ts";
import { passwordRoutes } from "./routes/password.ts";
import { passwordResetRoutes } from "./routes/password-resets.ts";
import { answerError, registerProblems } from "./routes/problem.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { signInRoutes } from "./routes/sign-in.ts";
import { signOutRoutes } from "./routes/sign-out.ts";
import { signUpRoutes } from "./routes/sign-up.ts";
import { userRoutes } from "./routes/users.ts";
import { lifetimes } from "./sessions/lifetimes.ts";
import { redisPublisher } from "./sessions/revocation-publisher.ts";
import { Sessions } from "./sessions/sessions.ts";

const BODY_BYTES_MAX = 64 * 1024;
/** For a whole request to arrive. 64 KiB need no more than that even on a bad line. */
const REQUEST_TIMEOUT_MS = 15_000;
/** For its head. Not more than for the whole: Node takes the smaller of the two for the head's. */
const HEAD_TIMEOUT_MS = 10_000;
/** How often the server looks for requests that took longer. */
const TIMEOUT_CHECK_MS = 5_000;

export type AppParts = {
  config: AuthConfig;
  pool: Pool;
  redis: RedisPublisher | undefined;
  keys: KeyRing;
  outbox: Outbox;
  metrics: Metrics;
  operational: Operational;
  /** Absent: one of its own. */
  hasher?: PasswordHasher;
  logger: Logger;
  now: () => number;
};

/** Assembles the service without listening. Whoever made the parts closes them. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = parts.logger;
  const app: FastifyInstance = Fastify({
    // Of its own it only says, once for each address of the machine, that it listens; requests have our level.
    loggerInstance: parts.logger.child({}, { level: "warn" }) as FastifyBaseLogger,
    childLoggerFactory: (_own, bindings, options) => logger.child(bindings, options),
    // The framework's own lines hold whole URLs, and with them what people search for.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEAD_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
    // Otherwise one sender who never ends a request keeps the service from ending.
    forceCloseConnections: true,
    trustProxy: trustedProxies(parts.config),
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
  });
  registerProblems(app);
  acceptJson(app);
  answerBeforeClosing(app);
  await app.register(cookie);
  // Counts end by the real clock, as those in Redis do.
  const counts = new SharedCounts(parts.redis, Date.now);
  await registerRateLimits(app, counts, parts.now);
  await registerAccessTokens(app, parts.keys, parts.config.token);
  observeRequests(app, parts.metrics);
  await registerOpenApi(app);
  if (!parts.config.isProduction) await registerReferencePages(app);
  const context = createContext(parts, counts);
  const allRoutes = [
    ...[operationalRoutes, signUpRoutes, signInRoutes, signOutRoutes],
    ...[sessionRoutes, passwordRoutes, passwordResetRoutes, userRoutes, avatarRoutes],
  ];
  const typed = app.withTypeProvider<ZodTypeProvider>();
  for (const addRoutes of allRoutes) addRoutes(typed, context);
  return app;
}

function createContext(parts: AppParts, counts: SharedCounts): Context {
  const { config, pool, redis, keys, outbox, metrics, logger, now } = parts;
  const database = drizzle({ client: pool });
  const hasher = parts.hasher ?? new PasswordHasher();
  metrics.observeHashQueue(() => hasher.waiting);
  const sessions = new Sessions({
    ...{ pool, database, outbox, metrics, logger, now },
    lifetimes: lifetimes(config.token),
    publisher: redisPublisher(redis, logger),
  });
  const accounts = new Accounts({
    codes: new VerificationCodes(() => keys.deriveKeys("moim verification codes")),
    ...{ pool, database, hasher, sessions, outbox, metrics, now },
    isEmailVerified: config.isEmailVerified,
  });
  const avatars = postgresAvatars(database);
  const profiles = new Profiles(pool, avatars);
  const passwordResets = new PasswordResets({ pool, database, hasher, sessions, outbox, now });
  return {
    ...{
      config,
      database,
      accounts,
      passwordResets,
      profiles,
      avatars,
      sessions,
      keys,
      now,
      counts,
    },
    operational: parts.operational,
  };
}

/** JSON and nothing else; clients that say JSON and send nothing are taken to have sent nothing. */
function acceptJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parseJson(request, body.toString(), done);
  });
}

function observeRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook("onSend", async (request, reply) => {
    // Answers to people, never to be kept by a cache on the way, unless their route says otherwise.
    const isUndecided = !reply.hasHeader("cache-control");
    if (request.url.startsWith("/api/") && isUndecided) reply.header("cache-control", "no-store");
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    metrics.requestSeconds.observe(
      { method: request.method, route, status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
    request.log.debug({ route, status: reply.statusCode, ms: reply.elapsedTime }, "answered");
  });
}

/** What anybody else claims about addresses is ignored. An empty list would trust everybody's claims. */
function trustedProxies({ trustedProxies }: AuthConfig): string[] | false {
  return trustedProxies.length === 0 ? false : [...trustedProxies];
}
