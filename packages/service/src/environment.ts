import { readFileSync } from "node:fs";
import { z } from "zod";
import { parseClusterUrl } from "./redis-cluster/address.ts";

/** A variable is missing or malformed. The message is one line that names it. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the variables that `shape` names. An empty value counts as unset; `NAME_FILE`
 * gives a value by the path of a file (its trailing line break is dropped), as container secrets do.
 * Throws `ConfigurationError` at the first variable that is wrong.
 */
export function readEnvironment<Shape extends z.ZodRawShape>(
  environment: Environment,
  shape: Shape,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.keys(shape).map((name) => [name, readVariable(environment, name)]),
  );
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = String(issue?.path[0] ?? "environment");
  throw new ConfigurationError(
    given[name] === undefined
      ? `${name} is not set`
      : `${name} ${issue?.message ?? "is malformed"}`,
  );
}

function readVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  const path = environment[`${name}_FILE`];
  if (value && path) throw new ConfigurationError(`${name} and ${name}_FILE are both set`);
  if (!path) return value || undefined;
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "") || undefined;
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ConfigurationError(`${name}_FILE names a file that cannot be read (${reason})`);
  }
}

function url(protocols: readonly string[]) {
  const expected = `must be a URL starting with ${protocols.map((p) => `${p}//`).join(" or ")}`;
  return z.string().refine((text) => hasProtocol(text, protocols), expected);
}

function hasProtocol(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

/** A whole number within bounds, written in decimal digits. */
export function integerVariable(min: number, max: number) {
  const expected = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected);
}

export const postgresUrl = url(["postgres:", "postgresql:"]);
/** One Redis, or some nodes of a cluster. */
export const redisUrl = z
  .string()
  .refine(
    (text) => hasProtocol(text, ["redis:", "rediss:"]) || parseClusterUrl(text) !== undefined,
    "must be a URL starting with redis:// or rediss://, or redis+cluster://host:port,host:port",
  );
export const httpUrl = url(["http:", "https:"]);

/** Origins as a browser sends them (`https://chat.example.org`), separated by commas. */
const originList = z
  .string()
  .transform((text) => text.split(",").map((origin) => origin.trim()))
  .refine(
    (origins) =>
      origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    "must list origins such as https://chat.example.org, separated by commas",
  );

/** What both services read. */
export const sharedVariables = {
  NODE_ENV: z
    .enum(["production", "development", "test"], {
      error: "must be production, development or test",
    })
    .default("development"),
  HOST: z.string().default("127.0.0.1"),
  DATABASE_URL: postgresUrl,
  /** Unset: the service runs alone and says so. */
  REDIS_URL: redisUrl.optional(),
  LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"], {
      error: "must be fatal, error, warn, info, debug, trace or silent",
    })
    .default("info"),
  TOKEN_ISSUER: z.string().default("moim"),
  TOKEN_AUDIENCE: z.string().default("moim"),
  /** Unset: only pages of the same host. */
  ALLOWED_ORIGINS: originList.optional(),
} as const;
