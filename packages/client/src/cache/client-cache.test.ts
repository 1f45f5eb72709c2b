import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { memoryCache } from "../testing/memory-cache.ts";
import { ALICE, BOB } from "../testing/messages.ts";
import type { CacheRecord, ClientCache } from "./client-cache.ts";
import { indexedDbCache } from "./indexed-db-cache.ts";

// Only while these tests run: other files share the globals, and a client takes a database where there is one.
Reflect.deleteProperty(globalThis, "indexedDB");
beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
});
afterEach(() => vi.unstubAllGlobals());

function timeline(userId: string, roomId: string, rev = 1): CacheRecord {
  const value = { roomId, rev, messages: [], hasOlder: false, usedAtMs: 0 };
  return { userId, name: "timeline", id: roomId, value };
}

const byId = (records: readonly CacheRecord[]) =>
  [...records].sort((one, other) => one.id.localeCompare(other.id));

const implementations: [string, () => ClientCache][] = [
  ["in memory", memoryCache],
  ["in IndexedDB", indexedDbCache],
];

describe.each(implementations)("a cache %s", (_name, create) => {
  test("gives back what was put, the latest of each name", async () => {
    const cache = create();
    await cache.put([timeline(ALICE, "a"), timeline(ALICE, "b")]);
    await cache.put([timeline(ALICE, "a", 2)]);
    expect(byId(await cache.load())).toEqual([timeline(ALICE, "a", 2), timeline(ALICE, "b")]);
  });

  test("removes one thing, also one that is not there", async () => {
    const cache = create();
    await cache.put([timeline(ALICE, "a"), timeline(ALICE, "b")]);
    await cache.remove(ALICE, "timeline", "a");
    await cache.remove(BOB, "timeline", "b");
    expect(await cache.load()).toEqual([timeline(ALICE, "b")]);
  });

  test("keeps one user's, or nobody's", async () => {
    const cache = create();
    await cache.put([timeline(ALICE, "a"), timeline(BOB, "b")]);
    await cache.keepOnly(BOB);
    expect(await cache.load()).toEqual([timeline(BOB, "b")]);
    await cache.keepOnly(null);
    expect(await cache.load()).toEqual([]);
  });
});

test("a cache in IndexedDB outlives the page", async () => {
  await indexedDbCache().put([timeline(ALICE, "a")]);
  expect(await indexedDbCache().load()).toEqual([timeline(ALICE, "a")]);
});
