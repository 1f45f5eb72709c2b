import {
  ERROR_RETRYABLE,
  type ErrorBody,
  type ErrorCode,
  type FieldError,
  isErrorCode,
} from "@moim/protocol/errors";

/**
 * The only error that this package rejects with. Decide by `code` and `retryable`; `message` is
 * for people who look for bugs. `unavailable` is also the code of a request that got no answer:
 * whether the server acted on it is then unknown, and repeating it under the same `clientId` is safe.
 */
export class MoimError extends Error {
  override readonly name = "MoimError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** Not sooner than this, where the server said so. */
  readonly retryAfterMs: number | undefined;
  /** The fields at fault, for `bad_request` and `too_large`. */
  readonly errors: readonly FieldError[];

  constructor(
    code: ErrorCode,
    message: string,
    details: { retryAfterMs?: number; errors?: readonly FieldError[]; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.retryable = ERROR_RETRYABLE[code] !== false;
    this.retryAfterMs = details.retryAfterMs;
    this.errors = details.errors ?? [];
  }

  /** From an acknowledgement, a refused handshake or a problem document; never throws. */
  static fromBody(body: Partial<ErrorBody> | undefined, fallback: ErrorCode): MoimError {
    const code = isErrorCode(body?.code) ? body.code : fallback;
    return new MoimError(code, body?.message ?? code, {
      ...(typeof body?.retryAfterMs === "number" ? { retryAfterMs: body.retryAfterMs } : {}),
      ...(Array.isArray(body?.errors) ? { errors: body.errors } : {}),
    });
  }

  /** Keeps a `MoimError`; anything else is a bug of this package or of its surroundings. */
  static from(error: unknown): MoimError {
    if (error instanceof MoimError) return error;
    return new MoimError("internal", error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
