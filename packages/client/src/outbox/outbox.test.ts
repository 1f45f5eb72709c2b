import type { Message } from "@moim/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PendingMessage } from "../api.ts";
import { MoimError } from "../moim-error.ts";
import { noTabs, type Tabs } from "../tabs.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { ALICE, BOB, message, ROOM_ID } from "../testing/messages.ts";
import { memoryStorage } from "./memory-storage.ts";
import { Outbox } from "./outbox.ts";
import type { OutboxStorage, StoredEntry } from "./storage.ts";

type Sent = { entry: StoredEntry; accept(): void; refuse(error: MoimError): void };

/** A page with an outbox; the test is the network. */
class Page {
  readonly clock: ManualClock;
  readonly storage: OutboxStorage;
  readonly outbox: Outbox;
  readonly sent: Sent[] = [];
  readonly accepted: PendingMessage[] = [];
  ready = true;
  changes = 0;
  #ids = 0;

  constructor({
    storage = memoryStorage(),
    userId = ALICE,
    tabs = noTabs,
    clock = new ManualClock(),
    name = "",
  }: {
    storage?: OutboxStorage;
    userId?: string;
    tabs?: Tabs;
    clock?: ManualClock;
    name?: string;
  } = {}) {
    this.clock = clock;
    this.storage = storage;
    this.outbox = new Outbox({
      userId,
      storage,
      clock: this.clock,
      random: () => 0.5,
      tabs,
      newClientId: () => `${name}${++this.#ids}`,
      isReady: () => this.ready,
      transmit: (entry) =>
        new Promise<Message>((resolve, reject) => {
          const accept = () => {
            resolve(message({ seq: 1, rev: 1, senderId: userId, clientId: entry.clientId }));
          };
          this.sent.push({ entry, accept, refuse: reject });
        }),
      onAccepted: (pending) => this.accepted.push(pending),
      onChanged: () => {
        this.changes++;
      },
    });
  }

  get texts(): string[] {
    return this.sent.map(({ entry }) => entry.text);
  }

  pendings(roomId = ROOM_ID): string[] {
    return this.outbox.pending(roomId).map(({ text, delivery }) => `${text} ${delivery.state}`);
  }

  async answer(with_: "accept" | MoimError): Promise<Sent> {
    const last = this.sent.at(-1);
    if (!last) throw new Error("nothing was sent");
    if (with_ === "accept") last.accept();
    else last.refuse(with_);
    await settled();
    return last;
  }
}

const unavailable = () => new MoimError("unavailable", "no answer");

test("a message that is stored just as the one before it is refused goes out by itself", async () => {
  // Whichever step the refusal is at: the outbox had ended its round, and did not know it yet.
  for (let steps = 0; steps < 30; steps++) {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "refused", null);
    page.sent[0]?.refuse(new MoimError("bad_request", "no"));
    for (let step = 0; step < steps; step++) await Promise.resolve();
    await page.outbox.add(ROOM_ID, "next", null);
    await settled();
    expect(page.texts, `after ${steps} steps`).toEqual(["refused", "next"]);
  }
});

describe("what the server could not serve", () => {
  test("is tried as soon as something is committed in the room, however long the wait is by then", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    for (let count = 0; count < 8; count++) {
      await page.answer(unavailable());
      await page.clock.advance(count < 7 ? 60_000 : 0);
    }
    expect(page.sent).toHaveLength(8);
    page.outbox.committedIn("another room");
    expect(page.sent).toHaveLength(8);
    page.outbox.committedIn(ROOM_ID);
    await settled();
    expect(page.texts.slice(8)).toEqual(["one"]);
    // It is under way: nothing is tried beside it.
    page.outbox.committedIn(ROOM_ID);
    await settled();
    expect(page.sent).toHaveLength(9);
    await page.answer("accept");
    expect(page.pendings()).toEqual([]);
  });

  test("waits its time where the server said when to come back", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await page.answer(new MoimError("rate_limited", "slow down", { retryAfterMs: 5_000 }));
    page.outbox.committedIn(ROOM_ID);
    await settled();
    expect(page.sent).toHaveLength(1);
    await page.clock.advance(5_000);
    expect(page.sent).toHaveLength(2);
  });
});

describe("the outbox", () => {
  test("shows at once, and sends only what is stored", async () => {
    const order: string[] = [];
    const memory = memoryStorage();
    let stored: () => void = () => {};
    const slow: OutboxStorage = {
      ...memory,
      put: async (entry) => {
        await new Promise<void>((resolve) => {
          stored = resolve;
        });
        order.push("stored");
        await memory.put(entry);
      },
    };
    const page = new Page({ storage: slow });
    const adding = page.outbox.add(ROOM_ID, "one", null);
    await settled();
    expect([page.pendings(), page.texts]).toEqual([["one waiting"], []]);
    page.outbox.resume();
    await settled();
    expect(page.texts, "also where the connection comes just then").toEqual([]);
    stored();
    await adding;
    expect(order).toEqual(["stored"]);
    expect(page.pendings()).toEqual(["one sending"]);
    expect(page.texts).toEqual(["one"]);
  });

  test("what is taken back before it is stored does not come again, and holds nothing up", async () => {
    const memory = memoryStorage();
    const puts: (() => void)[] = [];
    const slow: OutboxStorage = {
      ...memory,
      put: async (entry) => {
        await new Promise<void>((resolve) => puts.push(resolve));
        await memory.put(entry);
      },
    };
    const page = new Page({ storage: slow });
    const adding = [page.outbox.add(ROOM_ID, "one", null), page.outbox.add(ROOM_ID, "two", null)];
    const [one] = page.outbox.pending(ROOM_ID);
    const discarding = page.outbox.discard(ROOM_ID, one?.clientId ?? "");
    expect(page.pendings()).toEqual(["two waiting"]);
    for (let count = 0; count < 2; count++) {
      await settled();
      puts[count]?.();
    }
    await Promise.all([...adding, discarding]);
    expect(page.texts).toEqual(["two"]);
    expect((await memory.load(ALICE)).map(({ text }) => text)).toEqual(["two"]);
  });

  test("what another tab does meanwhile takes nothing away that is not stored yet", async () => {
    const memory = memoryStorage();
    let load = () => {};
    let put = () => {};
    const slow: OutboxStorage = {
      ...memory,
      load: async (userId) => {
        const loaded = await memory.load(userId);
        await new Promise<void>((resolve) => {
          load = resolve;
        });
        return loaded;
      },
      put: async (entry) => {
        await new Promise<void>((resolve) => {
          put = resolve;
        });
        await memory.put(entry);
      },
    };
    const page = new Page({ storage: slow });
    const opening = page.outbox.open();
    await settled();
    const adding = page.outbox.add(ROOM_ID, "one", null);
    load();
    await opening;
    expect(page.pendings()).toEqual(["one waiting"]);
    await settled();
    put();
    await adding;
    expect(page.texts).toEqual(["one"]);
  });

  test("sends a room's messages one after the other, and rooms side by side", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await page.outbox.add(ROOM_ID, "two", null);
    await page.outbox.add("another room", "elsewhere", null);
    expect(page.texts).toEqual(["one", "elsewhere"]);
    page.sent[0]?.accept();
    await settled();
    expect(page.texts).toEqual(["one", "elsewhere", "two"]);
    expect(page.pendings()).toEqual(["two sending"]);
    expect(page.accepted.map(({ text }) => text)).toEqual(["one"]);
  });

  test("an unknown outcome is repeated under the same clientId, and nothing overtakes it", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await page.outbox.add(ROOM_ID, "two", null);
    await page.answer(unavailable());
    expect(page.pendings()).toEqual(["one waiting", "two waiting"]);
    expect(page.texts).toEqual(["one"]);
    await page.clock.advance(500);
    expect(page.texts).toEqual(["one", "one"]);
    expect(page.sent[1]?.entry.clientId).toBe(page.sent[0]?.entry.clientId);
    await page.answer("accept");
    expect(page.texts).toEqual(["one", "one", "two"]);
  });

  test("what is typed while the server has asked to wait waits with it", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await settled();
    await page.answer(new MoimError("rate_limited", "slowly", { retryAfterMs: 5_000 }));
    await page.outbox.add(ROOM_ID, "two", null);
    await page.clock.advance(4_999);
    expect(page.texts).toEqual(["one"]);
    await page.clock.advance(1);
    expect(page.texts).toEqual(["one", "one"]);
  });

  test("what is typed while the server did not serve has what waits tried at once, in order", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await page.answer(unavailable());
    await page.outbox.add(ROOM_ID, "two", null);
    expect(page.texts).toEqual(["one", "one"]);
    await page.answer("accept");
    expect(page.texts).toEqual(["one", "one", "two"]);
  });

  test("waits as long as the server asks", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await page.answer(new MoimError("rate_limited", "slowly", { retryAfterMs: 5_000 }));
    await page.clock.advance(4_999);
    expect(page.texts).toEqual(["one"]);
    await page.clock.advance(1);
    expect(page.texts).toEqual(["one", "one"]);
  });

  test("a refusal for good marks the message failed and lets the next pass", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await page.outbox.add(ROOM_ID, "two", null);
    await page.answer(new MoimError("too_large", "too long"));
    expect(page.pendings()).toEqual(["one failed", "two sending"]);
    expect(page.outbox.pending(ROOM_ID)[0]?.delivery).toEqual({
      state: "failed",
      code: "too_large",
      retryable: false,
    });
  });

  test("a failed message is still there, failed, after a reload; retried, it goes out in its place", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await page.answer(new MoimError("forbidden", "no"));
    page.outbox.stop();
    const reloaded = new Page({ storage: page.storage });
    await reloaded.outbox.open();
    reloaded.outbox.resume();
    expect(reloaded.pendings()).toEqual(["one failed"]);
    expect(reloaded.texts).toEqual([]);
    await reloaded.outbox.retry(ROOM_ID, "1");
    expect(reloaded.pendings()).toEqual(["one sending"]);
  });

  test("a message that the server cannot digest does not block its room for ever", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await page.outbox.add(ROOM_ID, "two", null);
    for (let count = 0; count < 5; count++) {
      await page.answer(new MoimError("internal", "a bug"));
      await page.clock.advance(30_000);
    }
    expect(page.pendings()).toEqual(["one failed", "two sending"]);
  });

  test("Molly's defect: text typed offline is kept over a reload and sent in order", async () => {
    const page = new Page();
    page.ready = false;
    await page.outbox.add(ROOM_ID, "one", null);
    await page.outbox.add(ROOM_ID, "two", null);
    expect(page.texts).toEqual([]);
    page.outbox.stop();
    const reloaded = new Page({ storage: page.storage, name: "later-" });
    await reloaded.outbox.open();
    await reloaded.outbox.add(ROOM_ID, "three", null);
    while (reloaded.sent.length < 3) await reloaded.answer("accept");
    expect(reloaded.texts).toEqual(["one", "two", "three"]);
  });

  test("Molly's defect: after a sign-out the next user neither sees nor sends what waited", async () => {
    const page = new Page();
    page.ready = false;
    await page.outbox.add(ROOM_ID, "secret", null);
    const next = new Page({ storage: page.storage, userId: BOB });
    await next.outbox.open();
    next.outbox.resume();
    expect([next.pendings(), next.texts]).toEqual([[], []]);
    await page.outbox.clear();
    const again = new Page({ storage: page.storage });
    await again.outbox.open();
    expect(again.pendings()).toEqual([]);
    await expect(page.outbox.add(ROOM_ID, "too late", null)).rejects.toThrow("signed out");
  });

  test("an answer that comes after the sign-out writes nothing any more", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "secret", null);
    await page.outbox.clear();
    await page.answer(new MoimError("forbidden", "no"));
    expect(await page.storage.load(ALICE)).toEqual([]);
  });

  test("a session that ends keeps the message waiting: its author will be back", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await page.answer(new MoimError("session_revoked", "signed out elsewhere"));
    expect(page.pendings()).toEqual(["one waiting"]);
  });

  test("holds a thousand messages, and refuses more instead of losing any", async () => {
    const page = new Page();
    page.ready = false;
    for (let count = 0; count < 1_000; count++) await page.outbox.add(ROOM_ID, `${count}`, null);
    const oneMore = page.outbox.add("another room", "too many", null);
    await expect(oneMore).rejects.toMatchObject({ code: "rate_limited" });
    expect(await page.storage.load(ALICE)).toHaveLength(1_000);
  });

  test("a message is taken back unless it is on its way", async () => {
    const page = new Page();
    await page.outbox.add(ROOM_ID, "one", null);
    await page.outbox.add(ROOM_ID, "two", null);
    await page.outbox.discard(ROOM_ID, "2");
    expect(page.pendings()).toEqual(["one sending"]);
    await expect(page.outbox.discard(ROOM_ID, "1")).rejects.toMatchObject({ code: "conflict" });
    await page.answer("accept");
    expect(page.texts).toEqual(["one"]);
    expect(await page.storage.load(ALICE)).toEqual([]);
  });
});

describe("two tabs with one outbox", () => {
  function twoTabs() {
    const storage: OutboxStorage = { ...memoryStorage(), isShared: true };
    const clock = new ManualClock();
    const listeners: ((message: unknown) => void)[] = [];
    let queue: Promise<unknown> = Promise.resolve();
    const tabs: Tabs = {
      exclusively: (_name, work) => {
        const result = queue.then(work);
        queue = result.catch(() => {});
        return result;
      },
      post: (posted) => {
        for (const listener of listeners) listener(posted);
      },
      subscribe: (listener) => {
        listeners.push(listener);
        return () => {};
      },
    };
    const first = new Page({ storage, tabs, clock, name: "first-" });
    const second = new Page({ storage, tabs, clock, name: "second-" });
    return { first, second, clock };
  }

  test("both show a message, one sends it, both forget it", async () => {
    const { first, second, clock } = twoTabs();
    await first.outbox.add(ROOM_ID, "one", null);
    await settled();
    expect(second.pendings()).toEqual(["one waiting"]);
    await clock.advance(3_000);
    expect([...first.texts, ...second.texts]).toEqual(["one"]);
    await first.answer("accept");
    expect([first.pendings(), second.pendings()]).toEqual([[], []]);
    expect(second.texts).toEqual([]);
  });

  test("what a tab without a connection wrote, the other sends", async () => {
    const { first, second, clock } = twoTabs();
    first.ready = false;
    await first.outbox.add(ROOM_ID, "one", null);
    await clock.advance(3_000);
    expect(second.texts).toEqual(["one"]);
    await second.answer("accept");
    first.ready = true;
    first.outbox.resume();
    await settled();
    expect([first.texts, first.pendings()]).toEqual([[], []]);
  });

  test("a message taken back in one tab is not sent by the other", async () => {
    const { first, second, clock } = twoTabs();
    first.ready = false;
    second.ready = false;
    await first.outbox.add(ROOM_ID, "one", null);
    await settled();
    await first.outbox.discard(ROOM_ID, "first-1");
    await settled();
    second.ready = true;
    second.outbox.resume();
    await clock.advance(3_000);
    expect(second.texts).toEqual([]);
  });
});

describe("whatever happens to sends, answers, connections and pages", () => {
  const KINDS = [
    "add",
    "add",
    "accept",
    "loseAnswer",
    "loseSend",
    "cut",
    "ready",
    "wait",
    "reload",
  ];
  const steps = fc.array(fc.record({ kind: fc.constantFrom(...KINDS), room: fc.nat({ max: 1 }) }), {
    maxLength: 60,
    size: "max",
  });

  test("each message arrives, once, and in the order typed within its room", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const stored = new Map<string, string[]>();
        /** Sends that the server has not seen yet, or whose answer is under way. */
        const store = ({ entry }: Sent) => {
          const room = stored.get(entry.roomId) ?? [];
          if (!room.includes(entry.text)) room.push(entry.text);
          stored.set(entry.roomId, room);
        };
        let page = new Page({ name: "page-0-" });
        const typed = new Map<string, string[]>();
        let count = 0;
        const act = async ({ kind, room }: { kind: string; room: number }) => {
          const roomId = `room ${room}`;
          const sent = page.sent.find((candidate) => candidate.entry.roomId === roomId);
          const take = () => page.sent.splice(page.sent.indexOf(sent as Sent), 1);
          switch (kind) {
            case "add": {
              const text = `text ${++count}`;
              typed.set(roomId, [...(typed.get(roomId) ?? []), text]);
              await page.outbox.add(roomId, text, null);
              break;
            }
            case "accept":
              if (sent) {
                store(sent);
                take();
                sent.accept();
              }
              break;
            case "loseAnswer":
              if (sent) {
                store(sent);
                take();
                sent.refuse(unavailable());
              }
              break;
            case "loseSend":
              if (sent) {
                take();
                sent.refuse(unavailable());
              }
              break;
            case "cut":
              page.ready = false;
              for (const lost of page.sent.splice(0)) lost.refuse(unavailable());
              break;
            case "ready":
              page.ready = true;
              page.outbox.resume();
              break;
            case "wait":
              await page.clock.advance(700);
              break;
            case "reload":
              page.outbox.stop();
              for (const underWay of page.sent) store(underWay);
              page = new Page({ storage: page.storage, clock: page.clock, name: `page-${count}-` });
              await page.outbox.open();
              page.outbox.resume();
          }
          await settled();
        };
        for (const step of taken) await act(step);
        await act({ kind: "ready", room: 0 });
        for (let round = 0; round < 200; round++) {
          await act({ kind: "accept", room: round % 2 });
          if (page.sent.length === 0) await page.clock.advance(30_000);
        }
        for (const [roomId, texts] of typed) expect(stored.get(roomId)).toEqual(texts);
        expect(await page.storage.load(ALICE)).toEqual([]);
      }),
      { numRuns: 300, seed: 20_261_122 },
    );
  }, 60_000);
});
