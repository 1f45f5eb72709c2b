import { entriesOf, groupBy } from "./entries.ts";
import type { EntryOf, History } from "./history.ts";

export type Tokens = ReadonlyMap<number, readonly EntryOf<"token">[]>;

/** The tokens of each socket, in the order in which they were handed over. */
export function tokensBySocket({ entries }: History): Tokens {
  return groupBy(entriesOf(entries, "token"), ({ socket }) => socket);
}

/** Whether a socket had a valid token all the time from then until then. Of which none is known, it had. */
export function wasValid(tokens: Tokens, socket: number, from: number, until: number): boolean {
  const own = tokens.get(socket);
  if (!own) return true;
  let validUntil = from;
  for (const { at, expiresAt } of own) {
    if (at <= validUntil) validUntil = Math.max(validUntil, expiresAt);
  }
  return validUntil >= until;
}
