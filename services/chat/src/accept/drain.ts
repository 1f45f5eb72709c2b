import type { Clock } from "../clock.ts";
import { emit } from "../publish/emit.ts";
import { closeConnection } from "./close.ts";
import type { Connection, Connections } from "./connection.ts";

/**
 * Sends everybody elsewhere, spread evenly over `drainMs`, so that the other nodes meet a stream
 * and not a wave. Resolves once the last socket has been closed.
 */
export async function drain(
  connections: Connections,
  clock: Clock,
  drainMs: number,
): Promise<void> {
  const all = connections.all();
  const closed = all.map((connection, index) => {
    const reconnectAfterMs = Math.round((index / all.length) * drainMs);
    emit(connection.socket, "server:draining", { reconnectAfterMs });
    return new Promise<void>((resolve) => {
      clock.after(reconnectAfterMs, () => {
        whenAnswered(connection, () => {
          closeConnection(connection, "draining", true);
          resolve();
        });
      });
    });
  });
  await Promise.all(closed);
}

/** What was accepted is answered on the socket that it came by; every event is, within 5 s. */
function whenAnswered(connection: Connection, then: () => void): void {
  if (connection.underWay === 0) {
    then();
    return;
  }
  connection.onAnswered = () => {
    connection.onAnswered = () => {};
    then();
  };
}
