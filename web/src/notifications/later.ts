import type { Message } from "@moim/protocol";

/** Where a message stands in its room, and when the server stored it. */
export type Place = Pick<Message, "seq" | "createdAt">;

/** What a version of the page that stored less has left out. By it no message is later than another but by its place. */
export const UNSAID: Place = { seq: 0, createdAt: Number.POSITIVE_INFINITY };

/**
 * Whether one message of a room was said after the other. Times follow places, but for a database that was
 * restored: it gives the places anew that were given since the backup, and only the time tells.
 */
export function isLater(one: Place, other: Place): boolean {
  return one.seq > other.seq || one.createdAt > other.createdAt;
}
