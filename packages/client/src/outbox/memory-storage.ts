import { byPosition, type OutboxStorage, type StoredEntry } from "./storage.ts";

/** Keeps messages as long as the process lives: for Node, and for browsers that refuse storage. */
export function memoryStorage(entries: readonly StoredEntry[] = []): OutboxStorage {
  const keyOf = (userId: string, clientId: string) => `${userId}/${clientId}`;
  const held = new Map(entries.map((entry) => [keyOf(entry.userId, entry.clientId), entry]));
  return {
    isShared: false,
    async load(userId) {
      return [...held.values()].filter((entry) => entry.userId === userId).sort(byPosition);
    },
    async put(entry) {
      held.set(keyOf(entry.userId, entry.clientId), entry);
    },
    async has(userId, clientId) {
      return held.has(keyOf(userId, clientId));
    },
    async remove(userId, clientId) {
      held.delete(keyOf(userId, clientId));
    },
    async clear(userId) {
      for (const [key, entry] of held) if (entry.userId === userId) held.delete(key);
    },
  };
}
