import { randomUUID } from "node:crypto";
import type { Send } from "../src/persist/append-messages.ts";
import type { BenchRoom } from "./bench-database.ts";

/** Resolves once the send is durable. */
export type Append = (send: Send) => Promise<unknown>;

/** Sends per second, with `senders` that each wait for their answer before they send again. */
export async function sendsPerSecond(
  append: Append,
  rooms: readonly BenchRoom[],
  senders: number,
  durationMs: number,
): Promise<number> {
  const startedAt = performance.now();
  let sent = 0;
  const keepSending = async (index: number) => {
    const room = rooms[index % rooms.length];
    const senderId = room?.userIds[Math.floor(index / rooms.length) % room.userIds.length];
    if (!room || !senderId) throw new Error("a sender without a room");
    while (performance.now() - startedAt < durationMs) {
      const text = `message ${sent} of a conversation of the usual length`;
      await append({
        roomId: room.roomId,
        senderId,
        clientId: randomUUID(),
        text,
        replyTo: null,
      });
      sent++;
    }
  };
  await Promise.all(Array.from({ length: senders }, (_, index) => keepSending(index)));
  return sent / ((performance.now() - startedAt) / 1_000);
}
