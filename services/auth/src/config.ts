import {
  ConfigurationError,
  type Environment,
  httpUrl,
  integerVariable,
  readEnvironment,
  sharedVariables,
} from "@moim/service";
import { z } from "zod";
import { type KeySet, parseKeySet } from "./keys/key-set.ts";
import { isSupportedMailUrl } from "./mail/mail-url.ts";

const SECONDS_PER_YEAR = 366 * 24 * 3600;

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
    .refine(isSupportedMailUrl, "must be log: (mails are printed to the log)")
    .optional(),
  /** Where people open the app. */
  PUBLIC_URL: httpUrl.optional(),
};

export type TokenConfig = {
  issuer: string;
  audience: string;
  accessTtlSeconds: number;
  refreshTtlSeconds: number;
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
  mailUrl: string;
  publicUrl: string | undefined;
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
    mailUrl: given.MAIL_URL ?? "log:",
    publicUrl: given.PUBLIC_URL,
    allowedOrigins: given.ALLOWED_ORIGINS,
  };
}
