import { STORAGE_TIMEOUT_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { inTime } from "../in-time.ts";
import { memoryStorage } from "./memory-storage.ts";
import type { OutboxStorage, StoredEntry } from "./storage.ts";

/**
 * The given storage until it first fails or hangs, memory from then on; never rejects. A message
 * must go out even where the browser cannot keep it. Entries that the storage held are kept in a
 * mirror, so that nothing known to this page is lost by the change; `onLost` is told once.
 */
export function withMemoryFallback(
  primary: OutboxStorage,
  clock: Clock,
  onLost: (error: unknown) => void,
): OutboxStorage {
  const mirror = memoryStorage();
  let isPrimaryLost = false;

  async function attempt<Result>(
    call: (storage: OutboxStorage) => Promise<Result>,
  ): Promise<{ result: Result } | null> {
    if (isPrimaryLost) return null;
    try {
      return { result: await inTime(call(primary), STORAGE_TIMEOUT_MS, clock) };
    } catch (error) {
      if (!isPrimaryLost) {
        isPrimaryLost = true;
        onLost(error);
      }
      return null;
    }
  }

  /** A full storage still lets go of entries: what is removed must not come back after a reload. */
  async function erase(call: (storage: OutboxStorage) => Promise<void>): Promise<void> {
    await call(mirror);
    if (isPrimaryLost) call(primary).catch(() => {});
    else await attempt(call);
  }

  return {
    get isShared() {
      return primary.isShared && !isPrimaryLost;
    },
    async load(userId) {
      const loaded = await attempt((storage) => storage.load(userId));
      if (loaded === null) return mirror.load(userId);
      await replaceMirror(mirror, userId, loaded.result);
      return loaded.result;
    },
    async has(userId, clientId) {
      const found = await attempt((storage) => storage.has(userId, clientId));
      return found === null ? mirror.has(userId, clientId) : found.result;
    },
    async put(entry) {
      await mirror.put(entry);
      await attempt((storage) => storage.put(entry));
    },
    remove: (userId, clientId) => erase((storage) => storage.remove(userId, clientId)),
    clear: (userId) => erase((storage) => storage.clear(userId)),
  };
}

async function replaceMirror(
  mirror: OutboxStorage,
  userId: string,
  entries: readonly StoredEntry[],
): Promise<void> {
  await mirror.clear(userId);
  for (const entry of entries) await mirror.put(entry);
}
