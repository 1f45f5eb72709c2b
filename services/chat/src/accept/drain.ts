import type { Clock } from "../clock.ts";
import { emit } from "../publish/emit.ts";
import { closeConnection } from "./close.ts";
import type { Connection, Connections } from "./connection.ts";

/** What was accepted is answered within this; a node that leaves waits no longer for any socket. */
const ANSWERED_WITHIN_MS = 4_400;

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
        whenAnswered(connection, clock, () => {
          closeConnection(connection, "draining", clock);
          resolve();
        });
      });
    });
  });
  await Promise.all(closed);
}

/** What was accepted is answered on the socket that it came by; nothing more is accepted. */
function whenAnswered(connection: Connection, clock: Clock, then: () => void): void {
  connection.isLeaving = true;
  if (connection.underWay === 0) {
    then();
    return;
  }
  const proceed = () => {
    connection.onAnswered = () => {};
    cancel();
    then();
  };
  const cancel = clock.after(ANSWERED_WITHIN_MS, proceed);
  connection.onAnswered = proceed;
}
