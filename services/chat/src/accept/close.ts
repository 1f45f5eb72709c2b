import type { CloseCode } from "@moim/protocol";
import type { Clock } from "../clock.ts";
import { emit } from "../publish/emit.ts";
import type { Connection } from "./connection.ts";

/** Whether a client may come back by itself, by the reason for which its socket was closed. */
const RECONNECTS: Readonly<Record<CloseCode, boolean>> = {
  token_expired: true,
  session_revoked: false,
  slow_consumer: true,
  draining: true,
  // Places of closed sockets are free at once, those of a node that died within half a minute.
  too_many_connections: true,
};

/**
 * Says why, then closes. Where the client may reconnect the engine's connection is closed, after
 * which a plain Socket.IO client comes back by itself; otherwise the socket is disconnected, after
 * which it does not. A socket that does not read is ended within 2 s: until its last word was read it
 * would stay open, and its user be taken for present, till the heartbeat gives it up.
 * Closing again changes nothing.
 */
export function closeConnection(
  connection: Connection,
  code: CloseCode,
  clock: Pick<Clock, "after">,
): void {
  if (connection.closedFor !== undefined) return;
  connection.closedFor = code;
  connection.token = { phase: "closed" };
  const reconnect = RECONNECTS[code];
  emit(connection.socket, "session:closed", { code, reconnect });
  connection.backlog.terminateLater(clock);
  if (reconnect) connection.socket.conn.close();
  else connection.socket.disconnect(true);
}
