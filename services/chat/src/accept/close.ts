import type { CloseCode } from "@moim/protocol";
import { emit } from "../publish/emit.ts";
import type { Connection } from "./connection.ts";

/**
 * Says why, then closes. With `reconnect` the engine's connection is closed, after which a plain
 * Socket.IO client comes back by itself; without, the socket is disconnected, after which it does not.
 * Closing again changes nothing.
 */
export function closeConnection(connection: Connection, code: CloseCode, reconnect: boolean): void {
  if (connection.closedFor !== undefined) return;
  connection.closedFor = code;
  connection.token = { phase: "closed" };
  emit(connection.socket, "session:closed", { code, reconnect });
  if (reconnect) connection.socket.conn.close();
  else connection.socket.disconnect(true);
}
