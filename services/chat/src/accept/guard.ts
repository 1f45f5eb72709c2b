import { Failure } from "@moim/protocol";
import type { Clock } from "../clock.ts";
import type { Connection } from "./connection.ts";
import type { RevokedSessions } from "./revoked-sessions.ts";

/**
 * Before every event. Throws when it must not be handled. No database, no Redis: two comparisons and a
 * look into a map.
 */
export function guardEvent(
  connection: Connection,
  event: string,
  revoked: Pick<RevokedSessions, "has">,
  clock: Pick<Clock, "now">,
): void {
  if (revoked.has(connection.sessionId)) {
    throw new Failure("session_revoked", "the session has been ended");
  }
  if (connection.isLeaving) {
    throw new Failure("unavailable", "this node is going away", { retryAfterMs: 0 });
  }
  if (event === "token:renew") return;
  if (clock.now() >= connection.expiresAt || connection.token.phase !== "valid") {
    throw new Failure("token_expired", "the access token has expired; renew it");
  }
}
