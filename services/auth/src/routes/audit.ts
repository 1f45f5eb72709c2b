import { Failure } from "@moim/protocol";
import type { FastifyRequest } from "fastify";
import { addressOf } from "../limits/source.ts";

/** What whoever looks into a theft wants to know of an account. */
export type AuditedEvent =
  | "signed_up"
  | "signed_in"
  | "signed_out"
  | "sessions_ended"
  | "password_changed"
  | "password_reset"
  | "account_deleted";

type Subject = { userId?: string; sessionId?: string };

/** One line per event, by ids and the network address that it came from: never what people wrote. */
export function audit(request: FastifyRequest, event: AuditedEvent, subject: Subject): void {
  request.log.info({ event, ...subject, address: addressOf(request) }, "audit");
}

/**
 * Passes on what `attempt` comes to. When that is a refusal (a wrong password, a spent link) it is
 * audited as `refused` with the event that it would have been.
 */
export async function auditRefusal<Result>(
  request: FastifyRequest,
  refused: AuditedEvent,
  subject: Subject,
  attempt: Promise<Result>,
): Promise<Result> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof Failure && error.code !== "unavailable") {
      const address = addressOf(request);
      request.log.info(
        { event: "refused", refused, code: error.code, ...subject, address },
        "audit",
      );
    }
    throw error;
  }
}
