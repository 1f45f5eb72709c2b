import type { ErrorCode, Me, Message, RoomSummary, User } from "@moim/protocol";

/**
 * A value that changes. `subscribe` calls the listener at once with the current value and then on
 * every change, until the returned function is called: the store contract of Svelte, easily
 * adapted to any other framework. Values are never mutated; a change is a new value.
 */
export interface Readable<Value> {
  readonly current: Value;
  subscribe(listener: (value: Value) => void): () => void;
}

/** `restoring`: whether a session is left from last time is not known yet. */
export type SessionState =
  | { state: "restoring" }
  | { state: "signed-out"; reason: SignedOutReason | null }
  | { state: "signed-in"; me: Me; sessionId: string };

/**
 * `revoked`: ended elsewhere (another device, a password change, reuse of a refresh token);
 * `expired`: not used for as long as a refresh token lives.
 */
export type SignedOutReason = "signed-out" | "revoked" | "expired";

/** `renewing`: connected, but the access token has run out and a new one is being fetched. */
export type ConnectionState =
  | { state: "offline" }
  | { state: "connecting"; attempt: number; sinceMs: number }
  | { state: "ready"; nodeId: string }
  | { state: "renewing" }
  | { state: "waiting"; retryAtMs: number; sinceMs: number }
  | { state: "refused"; code: ErrorCode };

/** What became of a message that is not confirmed yet. */
export type Delivery =
  | { state: "waiting" }
  | { state: "sending"; sinceMs: number }
  | { state: "failed"; code: ErrorCode; retryable: boolean };

/** A message in the outbox. `clientId` names it for ever, also once it is confirmed. */
export type PendingMessage = {
  clientId: string;
  roomId: string;
  text: string;
  replyTo: number | null;
  createdAt: number;
  delivery: Delivery;
};

export type TimelineItem =
  | { kind: "message"; key: string; message: Message }
  | { kind: "pending"; key: string; pending: PendingMessage };

/**
 * One room on the screen: confirmed messages by `seq`, then pending ones in the order typed.
 * An item keeps its `key` when it turns from pending to confirmed.
 */
export type TimelineView = {
  state: "loading" | "ready" | "failed" | "gone";
  items: readonly TimelineItem[];
  hasOlder: boolean;
  loadingOlder: boolean;
  /** Null until loaded. */
  room: RoomSummary | null;
};

export type RoomsView = {
  state: "loading" | "ready" | "failed";
  /** Newest activity first. */
  rooms: readonly RoomSummary[];
  unreadTotal: number;
  hasMore: boolean;
  loadingMore: boolean;
};

export interface OpenRoom {
  readonly roomId: string;
  readonly timeline: Readable<TimelineView>;
  /** Stores the message, shows it, sends it; resolves once it is stored, long before it is confirmed. */
  send(text: string, options?: { replyTo?: number }): Promise<PendingMessage>;
  /** Sends a failed message again, under the same `clientId`. */
  retry(clientId: string): Promise<void>;
  /** Takes a message that has failed, or waits, out of the outbox. */
  discard(clientId: string): Promise<void>;
  /** Loads the page before the oldest message held; a second call meanwhile joins the first. */
  loadOlder(): Promise<void>;
  /** Loads anew after `failed`. */
  reload(): Promise<void>;
  /** The user has seen everything up to `seq`. Debounced, forward only. */
  markRead(seq: number): void;
  /** Ends this use of the room. Its messages stay cached for a while. */
  close(): void;
}

export interface MoimClient {
  readonly session: Readable<SessionState>;
  readonly connection: Readable<ConnectionState>;
  readonly rooms: Readable<RoomsView>;
  /** False once storage has failed: messages then live only as long as the page. */
  readonly outboxIsDurable: Readable<boolean>;

  /** Restores the session left from last time, if any, and connects. Call once. */
  start(): Promise<void>;
  /** Ends connections and timers; signs nobody out. */
  stop(): Promise<void>;

  /** `expiresAt` of the code, and from when another may be asked for. */
  requestVerificationCode(email: string): Promise<{ expiresAt: number; resendAt: number }>;
  isNicknameAvailable(nickname: string): Promise<boolean>;
  signUp(account: {
    email: string;
    code?: string;
    password: string;
    nickname: string;
    name: string;
  }): Promise<Me>;
  signIn(credentials: { email: string; password: string }): Promise<Me>;
  /** Ends the session here at once, on the server as soon as it answers. Clears what is stored. */
  signOut(): Promise<void>;

  searchUsers(query: string): Promise<readonly User[]>;
  /** A user by id, fetched once and cached; null while unknown or for an account that is gone. */
  user(userId: string): Readable<User | null>;

  openRoom(roomId: string): OpenRoom;
  /** Get or create. Resolves to the room's id. */
  createDirect(userId: string): Promise<string>;
  /** Idempotent by `clientId` (made here), so that a repeat after a lost answer makes one room. */
  createGroup(group: { title?: string; userIds: readonly string[] }): Promise<string>;
  invite(roomId: string, userIds: readonly string[]): Promise<void>;
  leave(roomId: string): Promise<void>;
  /** Loads the next page of the room list. */
  loadMoreRooms(): Promise<void>;
}
