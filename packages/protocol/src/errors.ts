/**
 * The error codes of both services. Programs decide by `code` and `retryable`; `message` is for people.
 *
 * The value says whether repeating the same request can succeed: `true` as it is (after
 * `retryAfterMs` where given), `"renewed"` once the access token has been renewed, `false` never.
 */
export const ERROR_RETRYABLE = {
  token_expired: "renewed",
  token_invalid: false,
  session_revoked: false,
  bad_request: false,
  not_found: false,
  forbidden: false,
  conflict: false,
  too_large: false,
  rate_limited: true,
  unavailable: true,
  internal: true,
} as const satisfies Record<string, boolean | "renewed">;

export type ErrorCode = keyof typeof ERROR_RETRYABLE;

/** One field that failed its schema. `path` is dotted, empty for the request as a whole. */
export type FieldError = { path: string; message: string };

/** What travels in `{ok: false, error}`, in `event:rejected` and as `connect_error.data`. */
export type ErrorBody = {
  code: ErrorCode;
  message: string;
  /** Whether repeating the request can succeed; for `token_expired` after a renewal. */
  retryable: boolean;
  retryAfterMs?: number;
  errors?: FieldError[];
};

/** Why a server closed a socket on purpose, in `session:closed`. */
export const CLOSE_CODES = [
  "token_expired",
  "session_revoked",
  "slow_consumer",
  "draining",
  "too_many_connections",
] as const;
export type CloseCode = (typeof CLOSE_CODES)[number];

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERROR_RETRYABLE, value);
}

export type FailureDetails = { retryAfterMs?: number; errors?: FieldError[]; cause?: unknown };

/** An expected failure with a code of the contract; anything else that is thrown is a bug. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly errors: FieldError[] | undefined;

  constructor(code: ErrorCode, message: string, details: FailureDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
    this.errors = details.errors;
  }

  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      retryable: ERROR_RETRYABLE[this.code] !== false,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(this.errors === undefined ? {} : { errors: this.errors }),
    };
  }
}
