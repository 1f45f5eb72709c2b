import type { ErrorCode } from "@moim/protocol/errors";

/** A message as it is kept until the server has it. */
export type StoredEntry = {
  userId: string;
  clientId: string;
  roomId: string;
  text: string;
  replyTo: number | null;
  createdAt: number;
  /** Rises with every message typed: the order in which a room's messages are sent. */
  position: number;
  failed: { code: ErrorCode; retryable: boolean } | null;
};

/**
 * Where the outbox keeps messages. Entries are one user's each, named by `clientId`. A call that
 * resolves has taken effect for every later call, in this page and in others that share the
 * storage; a call may reject at any time (quota, private mode), which ends the use of this storage.
 */
export interface OutboxStorage {
  /** Whether other pages see the same entries. */
  readonly isShared: boolean;
  /** All of one user's entries, by `position`. */
  load(userId: string): Promise<StoredEntry[]>;
  /** Adds, or replaces the entry of that user and `clientId`. */
  put(entry: StoredEntry): Promise<void>;
  has(userId: string, clientId: string): Promise<boolean>;
  /** Removing what is not there is fine. */
  remove(userId: string, clientId: string): Promise<void>;
  /** Removes all of one user's entries and nobody else's. */
  clear(userId: string): Promise<void>;
}

export function byPosition(left: StoredEntry, right: StoredEntry): number {
  return left.position - right.position || (left.clientId < right.clientId ? -1 : 1);
}
