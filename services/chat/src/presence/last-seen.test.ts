import { pino } from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import type { Seen } from "../persist/presence.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { LAST_SEEN_ROWS, LAST_SEEN_WAITING_MAX } from "./bounds.ts";
import { LastSeen } from "./last-seen.ts";

let clock: ManualClock;
let lastSeen: LastSeen;
let stored: Seen[][];
let store: (seen: readonly Seen[]) => Promise<void>;
beforeEach(() => {
  clock = new ManualClock();
  stored = [];
  store = async (seen) => void stored.push([...seen]);
  lastSeen = new LastSeen({
    clock,
    logger: pino({ level: "silent" }),
    store: (seen) => store(seen),
  });
});

describe("times of last being seen", () => {
  it("are written a second later, each user once, with the newest time", async () => {
    lastSeen.record(["u", "v"], 1);
    lastSeen.record(["u"], 3);
    lastSeen.record(["u"], 2);
    await clock.advance(999);
    expect(stored).toEqual([]);
    await clock.advance(1);
    expect(stored).toEqual([
      [
        { userId: "u", at: 3 },
        { userId: "v", at: 1 },
      ],
    ]);
    await clock.advance(60_000);
    expect(stored).toHaveLength(1);
  });

  it("of many are written a thousand at a time, one statement after the other", async () => {
    let underWay = 0;
    store = async (seen) => {
      expect(++underWay).toBe(1);
      await Promise.resolve();
      stored.push([...seen]);
      underWay--;
    };
    lastSeen.record(
      Array.from({ length: 2 * LAST_SEEN_ROWS + 1 }, (_, index) => `u${index}`),
      1,
    );
    await Promise.all([lastSeen.flush(), lastSeen.flush()]);
    expect(stored.map((rows) => rows.length)).toEqual([LAST_SEEN_ROWS, LAST_SEEN_ROWS, 1]);
  });

  it("wait while the database does not answer, the newest time of each", async () => {
    const working = store;
    store = async () => {
      lastSeen.record(["u"], 2);
      throw new Error("no database");
    };
    lastSeen.record(["u"], 1);
    await lastSeen.flush();
    expect(lastSeen.waiting).toBe(1);
    store = working;
    await clock.advance(1_000);
    expect(stored).toEqual([[{ userId: "u", at: 2 }]]);
  });

  it("wait up to a bound", () => {
    lastSeen.record(
      Array.from({ length: LAST_SEEN_WAITING_MAX + 5 }, (_, index) => `u${index}`),
      1,
    );
    expect(lastSeen.waiting).toBe(LAST_SEEN_WAITING_MAX);
  });

  it("that come after the end are not written, and nothing is tried again", async () => {
    store = async () => {
      throw new Error("no database");
    };
    lastSeen.record(["u"], 1);
    await lastSeen.close();
    lastSeen.record(["v"], 1);
    expect(lastSeen.waiting).toBe(1);
    await clock.advance(1_000);
    expect(clock.timersWaiting).toBe(0);
  });
});
