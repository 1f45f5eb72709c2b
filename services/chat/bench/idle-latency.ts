import { randomUUID } from "node:crypto";
import type { Answer } from "@moim/protocol";
import type { Logger } from "@moim/service";
import { io, type Socket } from "socket.io-client";
import { readConfig } from "../src/config.ts";
import { createChatServer } from "../src/server.ts";
import { startIssuer } from "../test/support/issuer.ts";
import type { BenchRoom } from "./bench-database.ts";

/**
 * Milliseconds from a send to its acknowledgement, through a real socket and a whole node in this
 * process, one send at a time. The rooms' first members take turns, as none may send this fast.
 */
export async function idleLatencies(
  databaseUrl: string,
  rooms: readonly BenchRoom[],
  sends: number,
  logger: Logger,
): Promise<number[]> {
  const issuer = await startIssuer();
  const environment = {
    DATABASE_URL: databaseUrl,
    AUTH_URL: issuer.url,
    PORT: "0",
    DRAIN_MS: "0",
  };
  const server = createChatServer(readConfig(environment), logger);
  const url = `http://127.0.0.1:${await server.listen()}`;
  const senders: { roomId: string; socket: Socket }[] = [];
  for (const { roomId, userIds } of rooms) {
    const user = { userId: userIds[0] ?? "", sessionId: randomUUID() };
    senders.push({ roomId, socket: await connect(url, await issuer.token(user)) });
  }
  const latencies: number[] = [];
  try {
    for (let index = 0; index < WARM_UP_SENDS + sends; index++) {
      const sender = senders[index % senders.length];
      if (!sender) throw new Error("nobody sends");
      const latencyMs = await timedSend(sender.socket, sender.roomId);
      if (index >= WARM_UP_SENDS) latencies.push(latencyMs);
    }
  } finally {
    for (const { socket } of senders) socket.disconnect();
    await server.close();
    await issuer.close();
  }
  return latencies;
}

const WARM_UP_SENDS = 60;
const ANSWER_TIMEOUT_MS = 5_000;

function connect(url: string, token: string): Promise<Socket> {
  const socket = io(url, { transports: ["websocket"], auth: { token }, forceNew: true });
  return new Promise((resolve, reject) => {
    socket.once("session:ready", () => resolve(socket));
    socket.once("connect_error", reject);
  });
}

async function timedSend(socket: Socket, roomId: string): Promise<number> {
  const request = { roomId, clientId: randomUUID(), text: "is anybody there?" };
  const startedAt = performance.now();
  const answer: Answer<unknown> = await socket
    .timeout(ANSWER_TIMEOUT_MS)
    .emitWithAck("message:send", request);
  if (!answer.ok) throw new Error(`message:send: ${answer.error.code}`);
  return performance.now() - startedAt;
}
