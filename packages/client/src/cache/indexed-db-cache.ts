import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { CacheRecord, ClientCache } from "./client-cache.ts";

interface Schema extends DBSchema {
  records: { key: [userId: string, name: string, id: string]; value: CacheRecord };
}

/** Raised whenever a kept value changes its shape: what older versions kept is thrown away. */
const SHAPE = 1;

/** Keeps it in the browser, over reloads; all tabs share it. */
export function indexedDbCache(name = "moim-cache"): ClientCache {
  let opening: Promise<IDBPDatabase<Schema>> | null = null;
  const open = () => {
    opening ??= openDatabase(name, () => {
      opening = null;
    });
    return opening;
  };
  return {
    load: async () => (await open()).getAll("records"),
    async put(records) {
      const transaction = (await open()).transaction("records", "readwrite");
      await Promise.all([...records.map((each) => transaction.store.put(each)), transaction.done]);
    },
    remove: async (...key) => (await open()).delete("records", key),
    async keepOnly(userId) {
      const database = await open();
      if (userId === null) return database.clear("records");
      const transaction = database.transaction("records", "readwrite");
      const keys = await transaction.store.getAllKeys();
      const others = keys.filter(([owner]) => owner !== userId);
      await Promise.all([...others.map((key) => transaction.store.delete(key)), transaction.done]);
    },
  };
}

async function openDatabase(name: string, onClosed: () => void): Promise<IDBPDatabase<Schema>> {
  const database = await openDB<Schema>(name, SHAPE, {
    upgrade(upgrading) {
      if (upgrading.objectStoreNames.contains("records")) upgrading.deleteObjectStore("records");
      upgrading.createObjectStore("records", { keyPath: ["userId", "name", "id"] });
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
