import type { RoomChanges, WireChange } from "./changes.ts";

/** As `mint` prints it. */
export type MintedUser = {
  userId: string;
  nickname: string;
  sessionId: string;
  accessToken: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  refreshToken: string;
};

export type OutgoingMessage = {
  roomId: string;
  /** `encodeClientId` of a stamp; a repeat carries the same one. */
  clientId: string;
  text: string;
};

/** A lasting change of one message. */
export type MessageChange = { roomId: string; seq: number } & (
  | { what: "edit"; text: string }
  | { what: "delete" }
  | { what: "react"; emoji: string; on: boolean }
);

/** What became of one `send`. */
export type SendOutcome =
  | { outcome: "stored"; seq: number; rev: number; duplicate: boolean }
  | { outcome: "refused"; code: string; retryable: boolean; retryAfterMs: number };

/**
 * What a client tells. The calls come from within the read of a socket: whoever listens must not
 * throw, and must not keep `changes` in order to alter them: all receivers are handed the same.
 */
export interface LoadClientListener {
  /** The server has subscribed this socket to all of its user's rooms; `""` where nodes have no name. */
  ready(nodeId: string): void;
  /**
   * The connection has ended, with all that had not been answered: the outcome of those sends is
   * unknown. `code` is the server's own word for it, if it said one before.
   */
  closed(why: string, code: string | undefined): void;
  /** `room:changes`, as they came. */
  changes(packet: RoomChanges): void;
  /** `room:head`: the server says by itself that this client misses something. */
  head(roomId: string, rev: number): void;
  /** `resync`: the same, for all rooms. */
  resync(reason: string): void;
  /** `token:expiring`, `room:added` and whatever else came: its name, and its payload as JSON. */
  event(name: string, json: () => string): void;
}

/** One user's connection, whichever code keeps it: the load generator's own, or the client package. */
export interface LoadClient {
  /** Who comes back after a lost connection, repeats what was not answered, and fetches what it missed. */
  readonly recovery: "by the caller" | "by itself";
  /** Begins to connect; `ready` or `closed` follows. */
  connect(): void;
  /** `onOutcome` is called at most once: not at all when the connection ends first. */
  send(message: OutgoingMessage, onOutcome: (outcome: SendOutcome) => void): void;
  /** Resolves to the message as the answer shows it; rejects with an error that may have a `code`. */
  change(change: MessageChange): Promise<WireChange>;
  /** Has read up to there, and is typing. Nobody waits for an answer. */
  read(roomId: string, seq: number): void;
  typing(roomId: string): void;
  /** Ends the connection without a word, as a lost network. */
  cut(): void;
  /** Reads nothing more until `resume`. */
  pause(): void;
  resume(): void;
  /** Says goodbye, for ever. */
  stop(): void;
}
