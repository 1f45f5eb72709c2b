import {
  ConfigurationError,
  type Environment,
  httpUrl,
  integerVariable,
  readEnvironment,
  sharedVariables,
  trustedProxies,
} from "@moim/service";
import { z } from "zod";
import { type KeySet, parseKeySet } from "./keys/key-set.ts";
import { MAIL_URL_EXPECTED, type MailServer, parseMailUrl } from "./mail/mail-url.ts";

const SECONDS_PER_YEAR = 366 * 24 * 3600;

/** Where `pnpm start` serves the app: for links in mails that only go to the log. */
const LOCAL_PUBLIC_URL = "http://localhost:8080";

const ADDRESS = String.raw`[^\s<>@"(),:;]+@[^\s<>@"(),:;]+`;
const SENDER = new RegExp(`^(?:${ADDRESS}|[^<>@"(),:;\\p{Cc}]+<${ADDRESS}>)$`, "u");

const variables = {
  ...sharedVariables,
  PORT: integerVariable(0, 65_535).default(3002),
  ACCESS_TOKEN_TTL_SECONDS: integerVariable(1, 24 * 3600).default(600),
  REFRESH_TOKEN_TTL_SECONDS: integerVariable(1, SECONDS_PER_YEAR).default(604_800),
  /** Unset: development makes a key and keeps it in the database, production does not start. */
  SIGNING_KEYS: z.string().optional(),
  EMAIL_VERIFICATION: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
  MAIL_URL: z
    .string()
    .refine((text) => parseMailUrl(text) !== undefined, MAIL_URL_EXPECTED)
    .optional(),
  /** Unset: no-reply at the host of PUBLIC_URL. */
  MAIL_FROM: z
    .string()
    .regex(SENDER, "must be an address such as no-reply@example.org or Moim <no-reply@example.org>")
    .optional(),
  /** Where people open the app. */
  PUBLIC_URL: httpUrl.optional(),
  TRUSTED_PROXIES: trustedProxies,
};

export type TokenConfig = {
  issuer: string;
  audience: string;
  accessTtlSeconds: number;
  refreshTtlSeconds: number;
};

export type MailConfig = {
  server: MailServer;
  /** The address that mails come from. */
  from: string;
  /** What links in mails begin with. */
  linkUrl: string;
};

export type AuthConfig = {
  isProduction: boolean;
  host: string;
  port: number;
  databaseUrl: string;
  redisUrl: string | undefined;
  logLevel: string;
  token: TokenConfig;
  signingKeys: KeySet | undefined;
  /** Where they were read, and are to be read again. */
  signingKeysFile: string | undefined;
  isEmailVerified: boolean;
  mail: MailConfig;
  publicUrl: string | undefined;
  trustedProxies: readonly string[];
  allowedOrigins: readonly string[] | undefined;
};

/** Throws `ConfigurationError`, one line that names the variable. */
export async function readConfig(environment: Environment): Promise<AuthConfig> {
  const given = readEnvironment(environment, variables);
  const isProduction = given.NODE_ENV === "production";
  const isEmailVerified = given.EMAIL_VERIFICATION === "on";
  if (isProduction && given.SIGNING_KEYS === undefined) {
    throw new ConfigurationError("SIGNING_KEYS is not set (production never makes keys by itself)");
  }
  if (isProduction && isEmailVerified && given.MAIL_URL === undefined) {
    throw new ConfigurationError("MAIL_URL is not set (EMAIL_VERIFICATION=on sends codes by mail)");
  }
  if (isProduction && isRealServer(given.MAIL_URL) && given.PUBLIC_URL === undefined) {
    throw new ConfigurationError("PUBLIC_URL is not set (mails contain links to it)");
  }
  return {
    isProduction,
    host: given.HOST,
    port: given.PORT,
    databaseUrl: given.DATABASE_URL,
    redisUrl: given.REDIS_URL,
    logLevel: given.LOG_LEVEL,
    token: {
      issuer: given.TOKEN_ISSUER,
      audience: given.TOKEN_AUDIENCE,
      accessTtlSeconds: given.ACCESS_TOKEN_TTL_SECONDS,
      refreshTtlSeconds: given.REFRESH_TOKEN_TTL_SECONDS,
    },
    signingKeys:
      given.SIGNING_KEYS === undefined ? undefined : await parseKeySet(given.SIGNING_KEYS),
    signingKeysFile: environment.SIGNING_KEYS_FILE || undefined,
    isEmailVerified,
    mail: mailConfig(given),
    publicUrl: given.PUBLIC_URL,
    trustedProxies: given.TRUSTED_PROXIES,
    allowedOrigins: given.ALLOWED_ORIGINS,
  };
}

/** What a site for others than oneself should not run with, for the log. */
export function warningsAbout({ publicUrl, isEmailVerified, mail }: AuthConfig): string[] {
  if (!publicUrl?.startsWith("https:")) return [];
  const warnings: string[] = [];
  if (!isEmailVerified) {
    warnings.push("EMAIL_VERIFICATION is off: anybody signs up with anybody's address");
  }
  if (mail.server.kind === "log") {
    warnings.push("MAIL_URL is log: whoever reads this log can set everybody's password");
  }
  return warnings;
}

function isRealServer(mailUrl: string | undefined): boolean {
  return mailUrl !== undefined && parseMailUrl(mailUrl)?.kind === "smtp";
}

type MailVariables = {
  MAIL_URL?: string | undefined;
  MAIL_FROM?: string | undefined;
  PUBLIC_URL?: string | undefined;
};

function mailConfig({ MAIL_URL, MAIL_FROM, PUBLIC_URL }: MailVariables): MailConfig {
  const linkUrl = PUBLIC_URL ?? LOCAL_PUBLIC_URL;
  return {
    server: parseMailUrl(MAIL_URL ?? "log:") ?? { kind: "log" },
    from: MAIL_FROM ?? `no-reply@${new URL(linkUrl).hostname}`,
    linkUrl,
  };
}
