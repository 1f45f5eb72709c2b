import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { ALICE, BOB } from "../testing/messages.ts";
import { storedEntry } from "../testing/stored-entry.ts";
import { withMemoryFallback } from "./durable-storage.ts";
import { indexedDbStorage } from "./indexed-db-storage.ts";
import { memoryStorage } from "./memory-storage.ts";
import type { OutboxStorage } from "./storage.ts";

// Only while these tests run: other files share the globals, and a client takes a database where there is one.
Reflect.deleteProperty(globalThis, "indexedDB");
beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
});
afterEach(() => vi.unstubAllGlobals());

const never = () => {
  throw new Error("the storage was not lost");
};

const implementations: [string, () => OutboxStorage][] = [
  ["in memory", () => memoryStorage()],
  ["in IndexedDB", () => indexedDbStorage()],
  [
    "in IndexedDB with memory behind",
    () => withMemoryFallback(indexedDbStorage(), new ManualClock(), never),
  ],
];

describe.each(implementations)("outbox storage %s", (_name, create) => {
  test("gives back what was put, by position", async () => {
    const storage = create();
    const second = storedEntry({ clientId: "c2", position: 2, failed: null });
    const first = storedEntry({ clientId: "c9", position: 1, text: " 한글 \n👍🏽 ", replyTo: 7 });
    await storage.put(second);
    await storage.put(first);
    expect(await storage.load(ALICE)).toEqual([first, second]);
  });

  test("replaces an entry of the same user and clientId", async () => {
    const storage = create();
    await storage.put(storedEntry());
    const failed = storedEntry({ failed: { code: "forbidden", retryable: false } });
    await storage.put(failed);
    expect(await storage.load(ALICE)).toEqual([failed]);
  });

  test("knows what it has, and forgets what is removed", async () => {
    const storage = create();
    await storage.put(storedEntry());
    expect(await storage.has(ALICE, "c1")).toBe(true);
    expect(await storage.has(BOB, "c1")).toBe(false);
    await storage.remove(ALICE, "c1");
    await storage.remove(ALICE, "c1");
    expect(await storage.has(ALICE, "c1")).toBe(false);
    expect(await storage.load(ALICE)).toEqual([]);
  });

  test("keeps users apart: the same clientId is two entries, clearing one leaves the other", async () => {
    const storage = create();
    await storage.put(storedEntry({ userId: ALICE }));
    await storage.put(storedEntry({ userId: BOB, text: "Bob's" }));
    await storage.clear(ALICE);
    expect(await storage.load(ALICE)).toEqual([]);
    expect(await storage.load(BOB)).toEqual([storedEntry({ userId: BOB, text: "Bob's" })]);
  });
});

describe("storage in IndexedDB", () => {
  test("outlives the page: another one finds the same entries", async () => {
    await indexedDbStorage().put(storedEntry());
    expect(await indexedDbStorage().load(ALICE)).toEqual([storedEntry()]);
  });
});

describe("storage with memory behind", () => {
  const full = (): OutboxStorage => ({
    ...memoryStorage([storedEntry({ clientId: "old" })]),
    isShared: true,
    put: () => Promise.reject(new DOMException("full", "QuotaExceededError")),
  });

  test("goes on in memory when the quota is used up, and says so once", async () => {
    const lost: unknown[] = [];
    const storage = withMemoryFallback(full(), new ManualClock(), (error) => lost.push(error));
    await storage.load(ALICE);
    expect(storage.isShared).toBe(true);
    await storage.put(storedEntry({ clientId: "new", position: 2 }));
    await storage.put(storedEntry({ clientId: "newer", position: 3 }));
    expect(lost).toHaveLength(1);
    expect(storage.isShared).toBe(false);
    const ids = (await storage.load(ALICE)).map(({ clientId }) => clientId);
    expect(ids).toEqual(["old", "new", "newer"]);
  });

  test("still erases what a full storage holds, so that it does not come back", async () => {
    const primary = full();
    const storage = withMemoryFallback(primary, new ManualClock(), () => {});
    await storage.put(storedEntry({ clientId: "new" }));
    await storage.remove(ALICE, "old");
    await settled();
    expect(await primary.has(ALICE, "old")).toBe(false);
  });

  test("does not wait for ever for a database that hangs", async () => {
    const clock = new ManualClock();
    const hanging: OutboxStorage = { ...memoryStorage(), put: () => new Promise(() => {}) };
    const lost: unknown[] = [];
    const storage = withMemoryFallback(hanging, clock, (error) => lost.push(error));
    const put = storage.put(storedEntry());
    await clock.advance(3_000);
    await put;
    expect(lost).toHaveLength(1);
    expect(await storage.has(ALICE, "c1")).toBe(true);
  });
});
