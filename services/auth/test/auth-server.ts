import { createDatabase } from "@moim/local";
import type { Me, Problem, Session, User } from "@moim/protocol";
import {
  connectPostgres,
  connectRedis,
  createLogger,
  createRegistry,
  decodeRevocation,
  Operational,
  REVOCATION_CHANNEL,
  type RedisPublisher,
  type Revocation,
} from "@moim/service";
import type { FastifyInstance, InjectOptions } from "fastify";
import type { JWK } from "jose";
import type { Pool } from "pg";
import { afterAll, beforeAll, inject } from "vitest";
import { buildApp } from "../src/app.ts";
import { type AuthConfig, readConfig } from "../src/config.ts";
import { KeyRing } from "../src/keys/key-ring.ts";
import { keySource } from "../src/keys/key-source.ts";
import type { Mail } from "../src/mail/mail.ts";
import { MailWorker } from "../src/mail/mail-worker.ts";
import { Outbox } from "../src/mail/outbox.ts";
import { Seal } from "../src/mail/seal.ts";
import { createMetrics } from "../src/metrics.ts";
import { migrate } from "../src/migrations.ts";
import { breakable } from "./breakable.ts";

export const PASSWORD = "correct-horse-1";

/** Everything that some route answers with; each test reads what its own route promises. */
export type AnswerBody = Session &
  Me &
  Problem & {
    refreshToken: string;
    expiresAt: number;
    resendAt: number;
    available: boolean;
    users: User[];
    sessions: { id: string; current: boolean; userAgent: string; ip: string; lastUsedAt: number }[];
    keys: JWK[];
  };

export type Answer = {
  status: number;
  body: AnswerBody;
  text: string;
  headers: Record<string, string | string[] | number | undefined>;
  /** The cookie that was set, with its attributes. */
  setCookie: string | undefined;
};

/** A service on a database of its own, with a clock that stands until it is moved. */
export class AuthServer {
  readonly app: FastifyInstance;
  readonly pool: Pool;
  readonly keys: KeyRing;
  readonly config: AuthConfig;
  /** Whatever was written before the last `call` was answered has been delivered here. */
  readonly mails: Mail[];
  readonly mailWorker: MailWorker;
  readonly announced: Revocation[];
  readonly logLines: string[];
  readonly clock: { now: number };
  /** Cuts the way to the database. */
  readonly cutDatabase: () => void;
  readonly redis: RedisPublisher;

  constructor(parts: Omit<AuthServer, "call" | "signUp" | "signIn" | "refresh" | "warmUp">) {
    this.app = parts.app;
    this.pool = parts.pool;
    this.keys = parts.keys;
    this.config = parts.config;
    this.mails = parts.mails;
    this.mailWorker = parts.mailWorker;
    this.announced = parts.announced;
    this.logLines = parts.logLines;
    this.clock = parts.clock;
    this.cutDatabase = parts.cutDatabase;
    this.redis = parts.redis;
  }

  async call(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    url: string,
    body?: object | string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const options: InjectOptions = { method, url, headers };
    if (body !== undefined) options.payload = body;
    const response = await this.app.inject(options);
    await this.mailWorker.settled();
    const isJson = /json/.test(String(response.headers["content-type"]));
    const setCookie = response.headers["set-cookie"];
    return {
      status: response.statusCode,
      body: isJson ? JSON.parse(response.body) : undefined,
      text: response.body,
      headers: response.headers,
      setCookie: typeof setCookie === "string" ? setCookie : undefined,
    };
  }

  /** A new account whose refresh token came in the body. */
  async signUp(
    nickname: string,
    email = `${nickname.toLowerCase()}@example.org`,
  ): Promise<SignedUp> {
    const answer = await this.call("POST", "/api/auth/sign-up", {
      email,
      password: PASSWORD,
      nickname,
      name: "Some One",
      tokenTransport: "body",
    });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  }

  signIn(email: string, password: string = PASSWORD): Promise<Answer> {
    const body = { email, password, tokenTransport: "body" };
    return this.call("POST", "/api/auth/sign-in", body);
  }

  /** Opens every connection there may be, so that what comes at once next truly runs at once. */
  async warmUp(): Promise<void> {
    const { max } = this.pool.options;
    await Promise.all(Array.from({ length: max }, () => this.pool.query("SELECT pg_sleep(0.1)")));
  }

  refresh(refreshToken: string): Promise<Answer> {
    return this.call("POST", "/api/auth/refresh", { refreshToken, tokenTransport: "body" });
  }
}

export type SignedUp = Session & { refreshToken: string };

export function bearer(accessToken: string): Record<string, string> {
  return { authorization: `Bearer ${accessToken}` };
}

type Environment = Record<string, string>;

/** One server per test file; `server()` is usable inside tests. */
export function useAuthServer(environment: Environment = {}): () => AuthServer {
  let server: AuthServer | undefined;
  let close = async () => {};
  beforeAll(async () => {
    ({ server, close } = await startAuthServer(environment));
  });
  afterAll(() => close());
  return () => {
    if (server === undefined) throw new Error("not started");
    return server;
  };
}

export async function startAuthServer(
  environment: Environment = {},
): Promise<{ server: AuthServer; close: () => Promise<void> }> {
  const database = await createDatabase(inject("postgresUrl"));
  await migrate(database.url);
  const config = await readConfig({
    DATABASE_URL: database.url,
    EMAIL_VERIFICATION: "off",
    PUBLIC_URL: "http://moim.test",
    ...environment,
  });
  const logLines: string[] = [];
  const logger = createLogger({ service: "auth" }, "trace", {
    write: (line: string) => void logLines.push(line),
  });
  const way = await breakable(database.url);
  const options = { url: way.url, applicationName: "test", connectionsMax: 10, logger };
  const pool = connectPostgres(options);
  const redis = connectRedis(inject("redisUrl"), "test", logger);
  const subscriber = connectRedis(inject("redisUrl"), "test-subscriber", logger);
  await Promise.all([redis, subscriber].map((r) => new Promise((ready) => r.once("ready", ready))));
  const announced: Revocation[] = [];
  subscriber.on("message", (_channel, text) => {
    const revocation = decodeRevocation(text);
    if (revocation) announced.push(revocation);
  });
  await subscriber.subscribe(REVOCATION_CHANNEL);
  const mails: Mail[] = [];
  const clock = { now: Date.UTC(2030, 0, 1) };
  const keys = await KeyRing.open(keySource(config, pool), logger, () => clock.now);
  const operational = new Operational(createRegistry(), {});
  const metrics = createMetrics(operational.registry);
  const seal = new Seal(() => keys.deriveKeys("moim mail outbox"));
  const outbox = new Outbox({ seal, publicUrl: config.mail.linkUrl });
  const transport = { deliver: async (mail: Mail) => void mails.push(mail) };
  const mailWorker = new MailWorker({ pool, seal, transport, metrics, logger });
  outbox.onWritten(() => mailWorker.wake());
  const app = await buildApp({
    ...{ config, pool, redis, keys, outbox, metrics, operational, logger },
    now: () => clock.now,
  });
  const close = async () => {
    await app.close();
    await mailWorker.stop();
    redis.disconnect();
    subscriber.disconnect();
    await pool.end();
    way.cut();
    await database.drop();
  };
  const parts = {
    app,
    pool,
    keys,
    config,
    mails,
    mailWorker,
    announced,
    logLines,
    clock,
    cutDatabase: way.cut,
    redis,
  };
  return { server: new AuthServer(parts), close };
}
