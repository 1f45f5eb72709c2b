import type { Socket } from "socket.io";

/** What may wait for one socket before it is cut off: it comes back and fetches. */
const BUFFERED_BYTES_MAX = 1024 * 1024;
const BUFFERED_PACKETS_MAX = 1_000;
/** The parting word needs a reader; a socket that reads nothing is ended without. */
const TERMINATE_AFTER_MS = 2_000;

type WebSocketTransport = { socket?: { bufferedAmount: number; terminate(): void } };

/** Whether more waits for the socket than its reader will soon take. */
export function isSlow(socket: Socket): boolean {
  const { conn } = socket;
  const webSocket = (conn.transport as unknown as WebSocketTransport).socket;
  const packets = (conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length;
  return (webSocket?.bufferedAmount ?? 0) > BUFFERED_BYTES_MAX || packets > BUFFERED_PACKETS_MAX;
}

/** Ends a closing socket that does not read what still waits for it. */
export function terminateLater(
  socket: Socket,
  after: (delayMs: number, callback: () => void) => void,
): void {
  const webSocket = (socket.conn.transport as unknown as WebSocketTransport).socket;
  after(TERMINATE_AFTER_MS, () => webSocket?.terminate());
}
