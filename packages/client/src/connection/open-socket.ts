import type { ErrorBody } from "@moim/protocol/errors";
import { io } from "socket.io-client";
import { READY_TIMEOUT_MS } from "../bounds.ts";

export type SocketHandlers = {
  /** The server sent an event. */
  event(name: string, payload: unknown): void;
  /** The handshake failed; the body is there when the server said why. */
  refused(body: Partial<ErrorBody> | undefined): void;
  /** The connection is gone, for whatever reason. */
  closed(): void;
  /** Anything arrived, be it a heartbeat: the connection lives. */
  heard(): void;
};

/** One socket, used once: no reconnects, no buffer, no retries of its own. */
export interface OpenedSocket {
  emit(name: string, request: object, acknowledge: (answer: unknown) => void): void;
  /** No handler is called any more. */
  close(): void;
}

export type OpenSocket = (
  target: { url: string; token: string },
  handlers: SocketHandlers,
) => OpenedSocket;

/** Socket.IO with everything off that this package does itself. */
export const openSocketIo: OpenSocket = ({ url, token }, handlers) => {
  const socket = io(url, {
    transports: ["websocket"],
    auth: { token },
    forceNew: true,
    multiplex: false,
    reconnection: false,
    timeout: READY_TIMEOUT_MS,
    autoConnect: false,
  });
  socket.onAny((name: string, payload: unknown) => handlers.event(name, payload));
  socket.on("connect_error", (error: Error & { data?: Partial<ErrorBody> }) =>
    handlers.refused(error.data),
  );
  socket.on("disconnect", () => handlers.closed());
  socket.on("connect", () => socket.io.engine.on("packet", () => handlers.heard()));
  socket.connect();
  return {
    emit(name, request, acknowledge) {
      // A socket that is not connected would keep the event and send it later, out of turn.
      if (socket.connected) socket.emit(name, request, acknowledge);
    },
    close() {
      socket.offAny();
      socket.removeAllListeners();
      socket.disconnect();
    },
  };
};
