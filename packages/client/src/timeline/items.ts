import type { Message } from "@moim/protocol";
import type { PendingMessage, TimelineItem } from "../api.ts";

/** Items made before, so that an unchanged message stays the same object. One for each room. */
export type ItemCache = WeakMap<Message, TimelineItem>;

/**
 * Confirmed messages, then pending ones that none of them confirms. An own message is known by its
 * `clientId` before and after, so that it turns in place; the same message is the same item object.
 */
export function itemsOf(
  messages: readonly Message[],
  pending: readonly PendingMessage[],
  ownUserId: string,
  cache: ItemCache,
): readonly TimelineItem[] {
  const confirmed = new Set<string>();
  const items = messages.map((message) => {
    const isOwn = message.senderId === ownUserId && message.clientId !== null;
    if (isOwn && message.clientId !== null) confirmed.add(message.clientId);
    const key = isOwn && message.clientId ? message.clientId : `seq-${message.seq}`;
    return itemOf(message, key, cache);
  });
  const waiting = new Map<string, TimelineItem>();
  for (const entry of pending) {
    if (confirmed.has(entry.clientId)) continue;
    waiting.set(entry.clientId, { kind: "pending", key: entry.clientId, pending: entry });
  }
  return [...items, ...waiting.values()];
}

function itemOf(message: Message, key: string, cache: ItemCache): TimelineItem {
  const known = cache.get(message);
  if (known) return known;
  const item: TimelineItem = { kind: "message", key, message };
  cache.set(message, item);
  return item;
}
