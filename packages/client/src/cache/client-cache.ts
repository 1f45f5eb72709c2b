import type { Me, Message, RoomSummary, User } from "@moim/protocol";

/** The newest messages of one room, complete up to `rev`. */
export type CachedTimeline = {
  roomId: string;
  rev: number;
  messages: readonly Message[];
  hasOlder: boolean;
  usedAtMs: number;
};

export type CachedRooms = { rooms: readonly RoomSummary[]; unreadTotal: number };

/** One thing that is kept. `name` and `id` are its name among one user's. */
export type CachedPart =
  | { name: "session"; id: ""; value: { me: Me; sessionId: string } }
  | { name: "rooms"; id: ""; value: CachedRooms }
  | { name: "users"; id: ""; value: readonly User[] }
  | { name: "timeline"; id: string; value: CachedTimeline };

export type CacheRecord = CachedPart & { userId: string };

/**
 * Where a page keeps what it shows before, or without, a network. Nothing in it is the truth: whatever
 * is lost is read from the server again. A call that resolves has taken effect for later ones.
 */
export interface ClientCache {
  load(): Promise<readonly CacheRecord[]>;
  /** Adds, or replaces what that user has under that name. */
  put(records: readonly CacheRecord[]): Promise<void>;
  /** Removing what is not there is fine. */
  remove(userId: string, name: CacheRecord["name"], id: string): Promise<void>;
  /** Deletes everything of every other user; of every user when null. */
  keepOnly(userId: string | null): Promise<void>;
}

/** For Node, and for sessions that no reload can bring back. */
export const noCache: ClientCache = {
  load: async () => [],
  put: async () => {},
  remove: async () => {},
  keepOnly: async () => {},
};
