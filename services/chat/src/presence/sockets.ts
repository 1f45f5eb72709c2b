import type { PresenceState } from "@moim/protocol";
import type { Server } from "socket.io";
import { emit } from "../publish/emit.ts";

type EngineSocket = { transport: { writable: boolean }; writeBuffer: readonly unknown[] };

/** Whether nothing waits for the socket: what it is sent leaves at once. */
export function isReady(io: Server, socketId: string): boolean {
  const socket = io.of("/").sockets.get(socketId);
  if (!socket) return false;
  const { transport, writeBuffer } = socket.conn as unknown as EngineSocket;
  return transport.writable && writeBuffer.length === 0;
}

export function tell(io: Server, socketId: string, state: PresenceState): void {
  const socket = io.of("/").sockets.get(socketId);
  if (socket) emit(socket, "presence:changed", state);
}
