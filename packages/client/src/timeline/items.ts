import type { Message } from "@moim/protocol";
import type { PendingMessage, TimelineItem } from "../api.ts";

/**
 * The items of one room: confirmed messages, then pending ones that none of them confirms. An own message
 * is known by its `clientId` before and after, so that it turns in place. What has not changed stays the
 * same object, item or list, and is not looked at again: a room may hold thousands.
 */
export class Items {
  readonly #ownUserId: string;
  readonly #made = new WeakMap<Message | PendingMessage, TimelineItem>();
  /** `clientId`s of own messages that have been held. */
  readonly #confirmed = new Set<string>();
  #messages: readonly Message[] = [];
  #ofMessages: readonly TimelineItem[] = [];
  #pending: readonly PendingMessage[] = [];
  #all: readonly TimelineItem[] = [];

  constructor(ownUserId: string) {
    this.#ownUserId = ownUserId;
  }

  of(messages: readonly Message[], pending: readonly PendingMessage[]): readonly TimelineItem[] {
    const areSame = isSame(messages, this.#messages);
    if (areSame && isSame(pending, this.#pending)) return this.#all;
    if (!areSame) this.#take(messages);
    this.#pending = pending;
    const waiting = new Map<string, TimelineItem>();
    for (const entry of pending) {
      if (!this.#confirmed.has(entry.clientId)) waiting.set(entry.clientId, this.#waiting(entry));
    }
    this.#all = waiting.size > 0 ? [...this.#ofMessages, ...waiting.values()] : this.#ofMessages;
    return this.#all;
  }

  #take(messages: readonly Message[]): void {
    const kept = sameUpTo(messages, this.#messages);
    const changed = messages.slice(kept).map((message) => this.#said(message));
    this.#ofMessages = [...this.#ofMessages.slice(0, kept), ...changed];
    this.#messages = messages;
  }

  #said(message: Message): TimelineItem {
    const known = this.#made.get(message);
    if (known) return known;
    const { senderId, clientId, seq } = message;
    const ownId = senderId === this.#ownUserId ? clientId : null;
    if (ownId !== null) this.#confirmed.add(ownId);
    const item: TimelineItem = { kind: "message", key: ownId ?? `seq-${seq}`, message };
    this.#made.set(message, item);
    return item;
  }

  #waiting(pending: PendingMessage): TimelineItem {
    const item = this.#made.get(pending) ?? { kind: "pending", key: pending.clientId, pending };
    this.#made.set(pending, item);
    return item;
  }
}

function isSame<Each>(one: readonly Each[], other: readonly Each[]): boolean {
  return one.length === other.length && sameUpTo(one, other) === one.length;
}

/** How many are the same objects from the beginning on. */
function sameUpTo<Each>(one: readonly Each[], other: readonly Each[]): number {
  if (one === other) return one.length;
  const end = Math.min(one.length, other.length);
  let count = 0;
  while (count < end && one[count] === other[count]) count++;
  return count;
}
