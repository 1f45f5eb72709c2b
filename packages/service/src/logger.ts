import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger };

/**
 * JSON lines on standard output. `fields` (service, node) stand on every line. Tokens, passwords
 * and cookies are censored should anybody ever log an object that holds them.
 */
export function createLogger(
  fields: { service: string; node?: string },
  level: string,
  destination?: DestinationStream,
): Logger {
  const options = {
    level,
    base: fields,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: "[redacted]",
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

const SECRET_FIELDS = [
  "token",
  "accessToken",
  "refreshToken",
  "password",
  "currentPassword",
  "newPassword",
  "authorization",
  "cookie",
];
