import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";
import { asUnavailable } from "./postgres.ts";

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
    serializers: { err: describeError },
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: "[redacted]",
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * A database that does not answer is told in a line, without the stack, which is always the same: an outage has
 * many of them. A failed statement's error quotes its parameters (message text, addresses), and so does what the
 * server says of a violated constraint. Neither belongs in a log: the code and the stack tell enough.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isStatementError = "query" in error && "params" in error;
  if (isStatementError) {
    return error.cause instanceof Error ? describeError(error.cause) : { type: error.name };
  }
  const reason = asUnavailable(error)?.cause;
  if (reason instanceof Error) {
    const { name: type, message } = reason;
    return { type, message, ...("code" in reason && { code: reason.code }) };
  }
  const { cause, ...described } = stdSerializers.errWithCause(error);
  const { detail, where, internalQuery, ...rest } = described as Record<string, unknown>;
  return cause === undefined ? rest : { ...rest, cause: describeError(error.cause) };
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
