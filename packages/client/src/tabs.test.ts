import { describe, expect, test } from "vitest";
import { browserTabs } from "./tabs.ts";
import { FakeLocks } from "./testing/fake-locks.ts";
import { ManualClock, settled } from "./testing/manual-clock.ts";
import { Scene } from "./testing/scene.ts";

const REFRESH = "/api/auth/refresh";
const WITHOUT = { locks: undefined, channel: undefined };

describe("work that one tab at a time does", () => {
  test("waits for the tab that is at it", async () => {
    const locks = new FakeLocks();
    const clock = new ManualClock();
    const [one, other] = [1, 2].map(() => browserTabs(clock, { ...WITHOUT, locks }));
    const order: string[] = [];
    let finish = () => {};
    const first = one?.exclusively("refresh", async () => {
      order.push("one begins");
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      order.push("one ends");
    });
    const second = other?.exclusively("refresh", async () => {
      order.push("other");
    });
    await settled();
    finish();
    await Promise.all([first, second]);
    expect(order).toEqual(["one begins", "one ends", "other"]);
  });

  test("waits for a frozen tab no longer than 5 s", async () => {
    const locks = new FakeLocks();
    locks.holdForEver("moim-refresh");
    const clock = new ManualClock();
    let isDone = false;
    const working = browserTabs(clock, { ...WITHOUT, locks }).exclusively("refresh", async () => {
      isDone = true;
    });
    await clock.advance(4_999);
    expect(isDone).toBe(false);
    await clock.advance(1);
    await working;
    expect(isDone).toBe(true);
    expect(clock.timersWaiting).toBe(0);
  });

  test("is done once also where it fails, and takes longer than the wait for a lock", async () => {
    const clock = new ManualClock();
    let count = 0;
    const tabs = browserTabs(clock, { ...WITHOUT, locks: new FakeLocks() });
    const failing = tabs.exclusively("refresh", () => {
      count++;
      return new Promise((_, reject) => clock.after(60_000, () => reject(new Error("refused"))));
    });
    const refused = expect(failing).rejects.toThrow("refused");
    await clock.advance(60_000);
    await refused;
    expect(count).toBe(1);
  });

  test("is done without locks too", async () => {
    const tabs = browserTabs(new ManualClock(), WITHOUT);
    expect(await tabs.exclusively("refresh", async () => "done")).toBe("done");
    tabs.post("nobody hears");
    tabs.subscribe(() => {})();
  });
});

describe("what a tab tells", () => {
  test("the others hear, until they stop listening", async () => {
    const channels = [1, 2].map(() => new BroadcastChannel(`moim-test-${process.pid}`));
    const [one, other] = channels.map((channel) =>
      browserTabs(new ManualClock(), { ...WITHOUT, channel }),
    );
    const heard: unknown[] = [];
    const first = new Promise<void>((resolve) => {
      const end = other?.subscribe((message) => {
        heard.push(message);
        end?.();
        resolve();
      });
    });
    one?.post({ type: "outbox" });
    await first;
    one?.post("too late");
    await settled();
    expect(heard).toEqual([{ type: "outbox" }]);
    for (const channel of channels) channel.close();
  });
});

describe("tabs that cannot agree", () => {
  test("a frozen one with the lock holds up a renewal for 5 s, and signs nobody out", async () => {
    const locks = new FakeLocks();
    const clock = new ManualClock();
    const scene = await new Scene({
      clock,
      tabs: browserTabs(clock, { ...WITHOUT, locks }),
    }).connected();
    const before = scene.auth.callsTo(REFRESH);
    locks.holdForEver("moim-refresh");
    scene.sockets.last.handlers.event("token:expiring", { expiresAt: 0 });
    await clock.advance(4_999);
    expect(scene.auth.callsTo(REFRESH)).toBe(before);
    await clock.advance(1);
    expect(scene.auth.callsTo(REFRESH)).toBe(before + 1);
    expect(scene.client.session.current.state).toBe("signed-in");
  });

  test("each renews for itself, and each goes on with the token it was given", async () => {
    const one = await new Scene({ tabs: browserTabs(new ManualClock(), WITHOUT) }).connected();
    const other = await new Scene({
      tabs: browserTabs(new ManualClock(), WITHOUT),
      fetch: one.auth.fetch,
    }).connected();
    for (const { sockets } of [one, other]) {
      sockets.last.handlers.event("token:expiring", { expiresAt: 0 });
    }
    await settled();
    expect(one.auth.callsTo(REFRESH)).toBe(4);
    for (const { sockets, client } of [one, other]) {
      sockets.last.answer("token:renew", { data: { expiresAt: 0 } });
      expect(client.session.current.state).toBe("signed-in");
    }
  });
});
