import type { CacheRecord, ClientCache } from "../cache/client-cache.ts";

/** A cache that several clients of one test share, as pages of one browser do. */
export function memoryCache(): ClientCache & { readonly records: readonly CacheRecord[] } {
  const held = new Map<string, CacheRecord>();
  const keyOf = (userId: string, name: string, id: string) => `${userId}/${name}/${id}`;
  return {
    get records() {
      return [...held.values()];
    },
    load: async () => [...held.values()],
    async put(records) {
      for (const each of records) {
        held.set(keyOf(each.userId, each.name, each.id), structuredClone(each));
      }
    },
    async remove(userId, name, id) {
      held.delete(keyOf(userId, name, id));
    },
    async keepOnly(userId) {
      for (const [key, each] of held) if (each.userId !== userId) held.delete(key);
    },
  };
}
