import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { type ErrorCode, Failure, type Problem } from "@moim/protocol";
import { asUnavailable } from "@moim/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const STATUS: Record<ErrorCode, number> = {
  token_expired: 401,
  token_invalid: 401,
  session_revoked: 401,
  bad_request: 400,
  not_found: 404,
  forbidden: 403,
  conflict: 409,
  too_large: 413,
  rate_limited: 429,
  unavailable: 503,
  internal: 500,
};

/** Every failure of every route, our own or the framework's, is answered as RFC 9457 has it. */
export function registerProblems(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) =>
    answerError(new Failure("not_found", "there is no such route"), request, reply),
  );
}

/** Also for errors that happen before routing, such as a malformed URL. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const failure = asFailure(error, request);
  const status = transportStatus(error) ?? STATUS[failure.code];
  if (failure.retryAfterMs !== undefined) {
    reply.header("retry-after", Math.max(1, Math.ceil(failure.retryAfterMs / 1000)));
  }
  if (status === 401) reply.header("www-authenticate", "Bearer");
  const problem: Problem = {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    code: failure.code,
    detail: failure.message,
    ...(failure.errors === undefined ? {} : { errors: failure.errors }),
  };
  reply.code(status).type("application/problem+json").send(JSON.stringify(problem));
}

function asFailure(error: unknown, request: FastifyRequest): Failure {
  const expected = error instanceof Failure ? error : asUnavailable(error);
  if (expected !== undefined) {
    if (expected.code === "unavailable") request.log.warn({ err: expected.cause }, "unavailable");
    return expected;
  }
  const status = frameworkStatus(error);
  if (status === 413) return new Failure("too_large", "the request body is too large");
  if (status === 404) return new Failure("not_found", "there is no such route");
  // The framework's words repeat the whole address, which may be long, or hold a secret.
  if (isAboutAddress(error)) return new Failure("bad_request", "this is no address of ours");
  if (status !== undefined && status < 500 && error instanceof Error) {
    return new Failure("bad_request", error.message);
  }
  const id = randomUUID();
  request.log.error({ err: error, errorId: id, route: request.routeOptions.url }, "a bug");
  return new Failure("internal", `something went wrong on our side (${id})`);
}

function isAboutAddress(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "FST_ERR_BAD_URL" || error.code === "FST_ERR_MAX_PARAM_LENGTH")
  );
}

/** A refusal by the framework that HTTP has its own status for. */
function transportStatus(error: unknown): number | undefined {
  return frameworkStatus(error) === 415 ? 415 : undefined;
}

function frameworkStatus(error: unknown): number | undefined {
  if (error instanceof Failure || !(error instanceof Error)) return undefined;
  return "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : undefined;
}
