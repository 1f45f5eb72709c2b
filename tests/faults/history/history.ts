import type { Member, Message } from "@moim/protocol";

/** How a message's state reached a socket: the server told it, or it was asked for. */
export type Path = "told" | "fetched" | "answered";

/**
 * What one client did and what came to it, in the order in which it happened. Times are this process's
 * clock in milliseconds, which is the servers' too: all run on one machine.
 */
export type Entry =
  /** A user wrote something. */
  | {
      kind: "sent";
      at: number;
      client: string;
      userId: string;
      roomId: string;
      clientId: string;
      text: string;
      /** The place of what it answers. */
      replyTo: number | null;
    }
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
      /** By which key it is signed. */
      keyId?: string;
    }
  /** `repairs`: whoever speaks this socket fetches what it is told that it missed. */
  | {
      kind: "ready";
      at: number;
      client: string;
      socket: number;
      userId: string;
      nodeId: string;
      repairs: boolean;
    }
  | { kind: "closed"; at: number; client: string; socket: number }
  /** A socket was told something else: of a room, of somebody, or of itself. */
  | {
      kind: "signal";
      at: number;
      client: string;
      socket: number;
      userId: string;
      name: SignalName;
      roomId?: string;
      /** Whom it speaks of. */
      about?: string;
      /** The state of the room that it speaks of. */
      rev?: number;
      seq?: number;
    }
  /** A request went out on a socket. */
  | ({ kind: "asked" } & Request)
  /** And came back: `ok`, or the code of the refusal. `at`: when. */
  | ({ kind: "answered"; outcome: string; askedAt: number } & Request)
  /** What a fault had in hand from then until then, and which node if it was one. */
  | { kind: "struck"; at: number; until: number; fault: string; nodeId: string | undefined }
  /** The server confirmed, on this socket, that its user has left the room. */
  | { kind: "left"; at: number; client: string; socket: number; userId: string; roomId: string }
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

export type Request = {
  at: number;
  /** The same of a request and its answer. */
  id: number;
  client: string;
  socket: number;
  userId: string;
  event: string;
  roomId: string | undefined;
  /** Of what is written or written anew: which, and what. */
  clientId?: string | undefined;
  seq?: number | undefined;
  text?: string | undefined;
  replyTo?: number | null | undefined;
};

export const SIGNALS = [
  ...(["room:added", "room:removed", "room:changed", "room:read", "room:typing"] as const),
  ...(["room:head", "resync", "presence:changed", "token:expired", "session:closed"] as const),
] as const;
export type SignalName = (typeof SIGNALS)[number];

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

/** What a list of rooms says of one of them, or the database of a membership. */
export type Listing = {
  title: string | null;
  isMuted: boolean;
  lastSeq: number;
  readSeq: number;
  unread: number;
};

/** What somebody's list of rooms says of a room when everything has come to rest, and what it should say. */
export type Listed = {
  client: string;
  roomId: string;
  /** Undefined: nothing at all. */
  shown: Listing | undefined;
  stored: Listing | undefined;
};

/** Whom somebody sees in a room when everything has come to rest: beside it, or in their list of rooms. */
export type People = {
  client: string;
  userId: string;
  roomId: string;
  where: "rooms" | "members";
  roles: ReadonlyMap<string, Member["role"]>;
};

/** What the database holds of a room when everything has come to rest. */
export type StoredRoom = {
  roomId: string;
  lastSeq: number;
  rev: number;
  /** In order of `seq`. */
  messages: readonly Message[];
  members: readonly StoredMember[];
  /** Every `rev` that was ever committed, with the place that it changed and when, in order. */
  commits: readonly { rev: number; seq: number; at: number }[];
};

export type StoredMember = { userId: string; historyFromSeq: number; role: Member["role"] };

export type History = {
  entries: readonly Entry[];
  views: readonly FinalView[];
  lists: readonly Listed[];
  people: readonly People[];
  rooms: readonly StoredRoom[];
};

export const RULES = ["lost", "doubled", "gap", "order", "leak", "late", "unserved"] as const;
/**
 * lost: acknowledged or kept by a living outbox, and not stored; a group's owner · doubled: one thing stored or shown twice ·
 * gap: a number is missing, or a member's screen lacks what the room holds · order: two orders, or a sender's
 * own was not kept · leak: shown or told to somebody who may not know, be it a message, a room's title or who is
 * there · late: later than promised · unserved: refused without a reason, not answered in time, or cut off while
 * something broke that this need not have suffered from
 */
export type Rule = (typeof RULES)[number];

export type Violation = {
  rule: Rule;
  roomId?: string;
  seq?: number;
  clientId?: string;
  client?: string;
  /** When, if it is about no message. */
  at?: number;
  /** For people: what was found, and what should have been. */
  what: string;
};

/** What the promises allow for, in milliseconds. */
export type Allowances = {
  /** From the end of a session, as its owner heard it, to the commit of the last message told to it. */
  revocationMs: number;
  /** From `exp` to the commit of the last message that a socket may be told. */
  expiryMs: number;
  /**
   * From a membership's, a token's or a session's end until a plain socket hears the last of what has no number
   * of its own: who types, what was read, who is there. Absent: where something stands still meanwhile, what
   * was on its way may come at any time, and the order on each socket alone is judged.
   */
  signalMs?: number | undefined;
  /**
   * From a departure until a node that could not be told compares its sockets with the database: till then it
   * may tell them that the room goes on, though no message of it. 0 where every node hears the others.
   */
  unheededMs: number;
  /** From a commit to every member's socket that stood all the time: it, or word that something is to be fetched. */
  heardMs?: number | undefined;
  /** The same, counted from the end of what was broken when it was committed. */
  healedMs?: number | undefined;
  /** From the commit to members whose connection stood all the time. Absent: nothing is promised. */
  arrivalMs?: number | undefined;
  /** From a request until its answer, wherever the connection stood so long. */
  answerMs?: number | undefined;
  /** While something is broken, from a commit until it is on every member's socket of the node that made it. */
  liveMs?: number | undefined;
  /** While something is broken, whoever does not sit on it goes on: sends are acknowledged. */
  isAcknowledging?: boolean;
  /** While something is broken, sockets stay connected. */
  isConnected?: boolean;
};
