import type {
  ErrorCode,
  Me,
  Member,
  Message,
  RoomSummary,
  SessionDevice,
  User,
} from "@moim/protocol";

export type { Me, Member, Message, RoomSummary, User } from "@moim/protocol";

/**
 * A value that changes. `subscribe` calls the listener at once with the current value and then on
 * every change, until the returned function is called: the store contract of Svelte, easily
 * adapted to any other framework. Values are never mutated; a change is a new value. A listener that
 * throws is reported (`reportError`, or as an uncaught exception) and keeps hearing.
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
  /** The items end before the newest message: after a jump back, or far up in a long history. */
  hasNewer: boolean;
  loadingNewer: boolean;
  /**
   * False while something may be missing that was said meanwhile: what is shown is left of last time, or
   * the connection has just come back.
   */
  isCurrent: boolean;
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

/** All members of a room. `loading` until somebody has subscribed and the pages are there. */
export type MembersView = { state: "loading" | "ready" | "failed"; members: readonly Member[] };

/** `lastSeenAt`: null for who has never been online. */
export type Presence = { online: boolean; lastSeenAt: number | null };

/** One sign-in of this user, on this device or another. */
export type SessionInfo = {
  id: string;
  createdAt: number;
  lastUsedAt: number;
  userAgent: string | null;
  ip: string | null;
  device: SessionDevice;
  /** The one that asks. */
  current: boolean;
};

export type UpdateMe = {
  nickname?: string;
  name?: string;
  bio?: string;
  avatarUrl?: string | null;
};

export type ChangePassword = { currentPassword: string; newPassword: string };

/** Words that a text must all contain. `cursor` is the `nextCursor` of the page before. */
export type MessageSearch = { query: string; roomId?: string; cursor?: string; limit?: number };

/** Newest first. A page may hold fewer than asked for, even none, before the end. */
export type FoundMessages = { messages: readonly Message[]; nextCursor: string | null };

/** One room on the screen. Several uses of one room share its timeline. */
export interface OpenRoom {
  readonly roomId: string;
  readonly timeline: Readable<TimelineView>;
  /**
   * Ids of users who are typing now, never one's own. Each is forgotten after 6 s without a repeat,
   * or when their message comes.
   */
  readonly typing: Readable<readonly string[]>;
  /** Read page by page once somebody subscribes; `readSeq` is kept live in rooms of up to 100 members. */
  readonly members: Readable<MembersView>;
  /**
   * Shows the message, stores it, and only then sends it; resolves once it is stored, long before it is
   * confirmed.
   * The timeline goes back to the newest message, from wherever it is or is on its way to.
   */
  send(text: string, options?: { replyTo?: number }): Promise<PendingMessage>;
  /** Sends a failed message again, under the same `clientId`. */
  retry(clientId: string): Promise<void>;
  /** Takes a message that has failed, or waits, out of the outbox. */
  discard(clientId: string): Promise<void>;
  /** Loads the page before the oldest message held; a second call meanwhile joins the first. */
  loadOlder(): Promise<void>;
  /** Changes an own message's text. Resolves to its new state. */
  edit(seq: number, text: string): Promise<Message>;
  /** Erases an own message's text, or anybody's as the room's owner; its place stays. */
  delete(seq: number): Promise<Message>;
  /** Adds (`on`) or takes back one's own reaction; doing so twice changes nothing. */
  react(seq: number, emoji: string, on: boolean): Promise<Message>;
  /** Loads the page after the newest message held, where `hasNewer`. */
  loadNewer(): Promise<void>;
  /**
   * Shows the messages around one, from where both directions can be paged. Resolves once it is among
   * the timeline's items, or once it is not waited for any more, for somebody has gone elsewhere since; rejects
   * with `not_found` when there is none that this user may see.
   */
  showAround(seq: number): Promise<void>;
  /** Back to the newest message. Resolves as `showAround` does, at once where it is shown already. */
  showNewest(): Promise<void>;
  /**
   * One message, held or fetched, as for a quote: undefined until it is there, null when there is none that
   * this user may see. Follows edits and deletion while subscribed to. One that nobody has subscribed to may be given up
   * and then stays as it is: ask again instead of keeping it.
   */
  message(seq: number): Readable<Message | null | undefined>;
  /**
   * Call with true at every keystroke and with false when the text is given up: what of it is told to
   * others, and how often, is decided here. Sending ends it by itself. Never throws.
   */
  setTyping(typing: boolean): void;
  /** Loads anew after `failed`. */
  reload(): Promise<void>;
  /**
   * The user stands at the newest message: what lies many screens before it need not be held, and can be
   * loaded again. Call as often as you like; not where something further up is in use.
   */
  dropOld(): void;
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
  /** Ends connections and timers, for good; signs nobody out. What waits in a lasting outbox stays there. */
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
  /** Messages of this user that the server has not got yet, failed ones included; in all rooms. */
  unsentCount(): number;
  /**
   * Ends the session here at once and clears what is stored, messages that were not sent included. Resolves once the server knows, or could not
   * be told; it is then told as soon as it answers, in a browser by the next page if need be.
   */
  signOut(): Promise<void>;

  updateProfile(patch: UpdateMe): Promise<Me>;
  /** A picture of at most 1 MiB. `contentType`: the blob's own when left out. */
  uploadAvatar(image: Blob | Uint8Array, contentType?: string): Promise<Me>;
  /** Ends all other sessions of this user. */
  changePassword(change: ChangePassword): Promise<void>;
  sessions(): Promise<readonly SessionInfo[]>;
  /** Ends another session of this user, everywhere within a second. */
  endSession(sessionId: string): Promise<void>;
  endOtherSessions(): Promise<void>;
  /** Deletes the account for good, then signs out here. What was written stays, without a name. */
  deleteAccount(password: string): Promise<void>;
  /** Sends a mail to that address if there is such an account; the answer does not tell. */
  requestPasswordReset(email: string): Promise<void>;
  /** `token` is the one in the mail. Ends all sessions of that user. */
  resetPassword(token: string, newPassword: string): Promise<void>;

  searchUsers(query: string): Promise<readonly User[]>;
  /**
   * A user by id, fetched and cached; null while unknown. Subscribed to, it follows what changes of the
   * user within some minutes, sooner when a room is opened or after a reconnect. An account that was
   * deleted has no name.
   */
  user(userId: string): Readable<User | null>;
  /** Known while subscribed to; null for users with whom no room is shared, and while unknown. */
  presence(userId: string): Readable<Presence | null>;
  /** In one room, or in all rooms of this user. */
  searchMessages(search: MessageSearch): Promise<FoundMessages>;

  openRoom(roomId: string): OpenRoom;
  /** Get or create. Resolves to the room's id. */
  createDirect(userId: string): Promise<string>;
  /**
   * Idempotent by `clientId` (made here): repeats after a lost answer make one room, also when the
   * caller asks again for the same group because the call before was rejected.
   */
  createGroup(group: { title?: string; userIds: readonly string[] }): Promise<string>;
  invite(roomId: string, userIds: readonly string[]): Promise<void>;
  leave(roomId: string): Promise<void>;
  /** Groups only. */
  rename(roomId: string, title: string): Promise<void>;
  /** Takes somebody out of a group; its owner only. */
  removeMember(roomId: string, userId: string): Promise<void>;
  setMuted(roomId: string, muted: boolean): Promise<void>;
  /** Loads the next page of the room list. */
  loadMoreRooms(): Promise<void>;
}
