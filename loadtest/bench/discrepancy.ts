import type { Account, Tally } from "./generator/tasks.ts";

/**
 * What is wrong where not every socket got every message that was sent to its room, each once: what is fast then means
 * nothing. A room's own senders are among its sockets, so a room that nobody heard of shows too.
 */
export function discrepancyOf({ answered, delivered }: Account): string | undefined {
  const sent = new Map<string, Tally>();
  for (const [roomId, tally] of answered) {
    const { count, sum } = sent.get(roomId) ?? { count: 0, sum: 0 };
    sent.set(roomId, { count: count + tally.count, sum: (sum + tally.sum) | 0 });
  }
  for (const [roomId, got] of delivered) {
    const due = sent.get(roomId) ?? { count: 0, sum: 0 };
    if (got.count !== due.count) {
      return `a socket got ${got.count} of its room's ${due.count} messages`;
    }
    if (got.sum !== due.sum) {
      return `a socket got ${got.count} messages of its room, as many as were sent, but not the same`;
    }
  }
  return undefined;
}

export function countOf(tallies: Account["answered"]): number {
  return tallies.reduce((sum, [, { count }]) => sum + count, 0);
}
