/** What differs between one local set-up and another. */
export interface LocalServices {
  /** Absent: the caller's own DATABASE_URL or DATABASE_URL_FILE. */
  readonly databaseUrl: string | undefined;
  /** Absent: the caller's own REDIS_URL or REDIS_URL_FILE, or one chat node alone. */
  readonly redisUrl: string | undefined;
  /** The address in the browser. */
  readonly publicUrl: string;
  readonly allowedOrigins: readonly string[];
}

/**
 * The environment of services on one machine. What the caller's own environment says about mail
 * and limits is kept; where the parts of this set-up find each other is decided here.
 */
export function serviceEnvironment(
  local: LocalServices,
  inherited: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    EMAIL_VERIFICATION: "off",
    MAIL_URL: "log:",
    ...inherited,
    PUBLIC_URL: local.publicUrl,
    ALLOWED_ORIGINS: local.allowedOrigins.join(","),
  };
  if (local.databaseUrl) setSecret(environment, "DATABASE_URL", local.databaseUrl);
  if (local.redisUrl) setSecret(environment, "REDIS_URL", local.redisUrl);
  return environment;
}

/** Services refuse a variable that is given both by value and by file. */
function setSecret(environment: NodeJS.ProcessEnv, name: string, value: string): void {
  environment[name] = value;
  delete environment[`${name}_FILE`];
}
