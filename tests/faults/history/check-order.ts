import { digestOf } from "./digest.ts";
import { entriesOf, groupBy } from "./entries.ts";
import type { History, Violation } from "./history.ts";

/** A `rev` is one state of one message, whoever was told of it and in whatever way. */
export function findTwoOrders({ entries, rooms }: History): Violation[] {
  const known = new Map<string, { digest: string; client: string }>();
  for (const { roomId, messages } of rooms) {
    for (const message of messages) {
      known.set(`${roomId} ${message.rev}`, { digest: digestOf(message), client: "the database" });
    }
  }
  const found: Violation[] = [];
  for (const { client, roomId, message } of entriesOf(entries, "arrived")) {
    const key = `${roomId} ${message.rev}`;
    const digest = digestOf(message);
    const before = known.get(key);
    known.set(key, before ?? { digest, client });
    if (!before || before.digest === digest) continue;
    const what = `rev ${message.rev} was ${digest}, and for ${before.client} ${before.digest}`;
    found.push({ rule: "order", roomId, seq: message.seq, client, what });
  }
  return found;
}

/** What one client wrote into a room stands in the order in which it was written. */
export function findSendersOrder({ entries, rooms }: History): Violation[] {
  const places = new Map(
    rooms.flatMap(({ messages }) =>
      messages.flatMap(({ clientId, seq }) => (clientId ? [[clientId, seq] as const] : [])),
    ),
  );
  const groups = groupBy(entriesOf(entries, "sent"), ({ client, roomId }) => `${client} ${roomId}`);
  const found: Violation[] = [];
  for (const sends of groups.values()) {
    let before = 0;
    for (const { client, roomId, clientId } of sends) {
      const seq = places.get(clientId);
      if (seq === undefined) continue;
      if (seq < before) {
        const what = `written after what stands at ${before}, and stands at ${seq}`;
        found.push({ rule: "order", roomId, seq, clientId, client, what });
      }
      before = Math.max(before, seq);
    }
  }
  return found;
}
