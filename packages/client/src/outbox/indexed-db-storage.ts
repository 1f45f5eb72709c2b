import { type DBSchema, type IDBPDatabase, type IDBPObjectStore, openDB } from "idb";
import { byPosition, type OutboxStorage, type StoredEntry } from "./storage.ts";

interface Schema extends DBSchema {
  entries: {
    key: [userId: string, clientId: string];
    value: StoredEntry;
    indexes: { userId: string };
  };
}

/**
 * Keeps messages in the browser: they survive a reload and a crash, and all tabs see them.
 * Writes ask for strict durability, for "stored" is what the composer empties its field on.
 */
export function indexedDbStorage(name = "moim-outbox"): OutboxStorage {
  let opening: Promise<IDBPDatabase<Schema>> | null = null;
  const open = () => {
    opening ??= openDatabase(name, () => {
      opening = null;
    });
    return opening;
  };
  const write = async (change: (store: WritableStore) => Promise<unknown>) => {
    const database = await open();
    const transaction = database.transaction("entries", "readwrite", { durability: "strict" });
    // Done before the change has settled: a failed transaction rejects both, and both are awaited.
    await Promise.all([change(transaction.store), transaction.done]);
  };
  return {
    isShared: true,
    async load(userId) {
      const entries = await (await open()).getAllFromIndex("entries", "userId", userId);
      return entries.sort(byPosition);
    },
    put: (entry) => write((store) => store.put(entry)),
    has: async (userId, clientId) =>
      (await (await open()).count("entries", [userId, clientId])) > 0,
    remove: (userId, clientId) => write((store) => store.delete([userId, clientId])),
    clear: (userId) =>
      write(async (store) => {
        const keys = await store.index("userId").getAllKeys(userId);
        await Promise.all(keys.map((key) => store.delete(key)));
      }),
  };
}

type WritableStore = IDBPObjectStore<Schema, ["entries"], "entries", "readwrite">;

async function openDatabase(name: string, onClosed: () => void): Promise<IDBPDatabase<Schema>> {
  const database = await openDB<Schema>(name, 1, {
    upgrade(upgrading) {
      const store = upgrading.createObjectStore("entries", { keyPath: ["userId", "clientId"] });
      store.createIndex("userId", "userId");
    },
    // A newer version of the page in another tab waits for this one to let go.
    blocking: () => {
      database.close();
      onClosed();
    },
    terminated: onClosed,
  });
  return database;
}
