import type { Message } from "@moim/protocol";

/** How a message's state reached a socket: the server told it, or it was asked for. */
export type Path = "told" | "fetched" | "answered";

/**
 * What one client did and what came to it, in the order in which it happened. Times are this process's
 * clock in milliseconds, which is the servers' too: all run on one machine.
 */
export type Entry =
  /** A user wrote something. */
  | { kind: "sent"; at: number; client: string; userId: string; roomId: string; clientId: string }
  /** The server said that it has it. */
  | {
      kind: "acknowledged";
      at: number;
      client: string;
      userId: string;
      roomId: string;
      clientId: string;
      seq: number;
      duplicate: boolean;
    }
  /** A message's state reached a socket of the user. */
  | {
      kind: "arrived";
      at: number;
      client: string;
      socket: number;
      userId: string;
      roomId: string;
      path: Path;
      message: Message;
    }
  /** Until when the socket may hear. Said at the handshake and at each renewal. */
  | {
      kind: "token";
      at: number;
      client: string;
      socket: number;
      expiresAt: number;
      sessionId: string;
    }
  /** `repairs`: whoever speaks this socket fetches what it is told that it missed. */
  | {
      kind: "ready";
      at: number;
      client: string;
      socket: number;
      nodeId: string;
      repairs: boolean;
    }
  | { kind: "closed"; at: number; client: string; socket: number }
  /** The server confirmed that the session is over. */
  | { kind: "session ended"; at: number; sessionId: string }
  /** A place of a room stood on the user's screen for the first time. */
  | { kind: "shown"; at: number; client: string; userId: string; roomId: string; seq: number }
  /** A screen showed what no screen may ever show. */
  | {
      kind: "misshown";
      at: number;
      client: string;
      roomId: string;
      rule: "doubled" | "order";
      what: string;
    }
  /** Something was done to the servers or to a network. */
  | { kind: "fault"; at: number; what: string };

export type EntryOf<Kind extends Entry["kind"]> = Extract<Entry, { kind: Kind }>;

/** What a screen shows when everything has come to rest. */
export type FinalView = {
  client: string;
  userId: string;
  roomId: string;
  state: "loading" | "ready" | "failed" | "gone" | "not listed";
  messages: readonly Message[];
  /** What lies before the first message may be left out. */
  hasOlder: boolean;
  pending: readonly { clientId: string; state: string }[];
};

/** What the database holds of a room when everything has come to rest. */
export type StoredRoom = {
  roomId: string;
  lastSeq: number;
  rev: number;
  /** In order of `seq`. */
  messages: readonly Message[];
  members: readonly { userId: string; historyFromSeq: number }[];
  /** Every `rev` that was ever committed, with the place that it changed, in order. */
  commits: readonly { rev: number; seq: number }[];
};

export type History = {
  entries: readonly Entry[];
  views: readonly FinalView[];
  rooms: readonly StoredRoom[];
};

export const RULES = ["lost", "doubled", "gap", "order", "leak", "late"] as const;
/**
 * lost: acknowledged or kept by a living outbox, and not stored · doubled: one thing stored or shown twice ·
 * gap: a number is missing, or a member's screen lacks what the room holds · order: two orders, or a sender's
 * own was not kept · leak: shown or told to somebody who may not know · late: later than promised
 */
export type Rule = (typeof RULES)[number];

export type Violation = {
  rule: Rule;
  roomId?: string;
  seq?: number;
  clientId?: string;
  client?: string;
  /** For people: what was found, and what should have been. */
  what: string;
};

/** What the promises allow for, in milliseconds. */
export type Allowances = {
  /** From the end of a session, as its owner heard it, to the commit of the last message told to it. */
  revocationMs: number;
  /** From `exp` to the commit of the last message that a socket may be told. */
  expiryMs: number;
  /** From the commit to members whose connection stood all the time. Absent: nothing is promised. */
  arrivalMs?: number | undefined;
};
