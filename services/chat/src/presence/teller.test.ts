import type { PresenceState } from "@moim/protocol";
import { pino } from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import type { Acquaintance, Pair } from "../persist/presence.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { TELL_DELAY_MS, TELL_PAIRS_MAX, TELL_RETRY_MS } from "./bounds.ts";
import { Teller } from "./teller.ts";
import { type Watch, Watches } from "./watches.ts";

let clock: ManualClock;
let watches: Watches;
let teller: Teller;
let online: Set<string>;
let busy: Set<string>;
let strangers: Set<string>;
let told: string[];
let asked: number[];
let read: (pairs: readonly Pair[]) => Promise<Acquaintance[]>;
beforeEach(() => {
  clock = new ManualClock();
  watches = new Watches();
  online = new Set();
  busy = new Set();
  strangers = new Set();
  told = [];
  asked = [];
  read = async (pairs) => {
    asked.push(pairs.length);
    return pairs
      .filter(({ watcherId }) => !strangers.has(watcherId))
      .map((pair) => ({ ...pair, lastSeenAt: 7 }));
  };
  teller = new Teller({
    clock,
    logger: pino({ level: "silent" }),
    watches,
    isOnline: (userId) => online.has(userId),
    stateOf: (userId, lastSeenAt) => ({ userId, online: online.has(userId), lastSeenAt }),
    acquaintances: (pairs) => read(pairs),
    isReady: (socketId) => !busy.has(socketId),
    tell: (socketId, { userId, online: isOnline }: PresenceState) =>
      told.push(`${socketId}: ${userId} ${isOnline ? "on" : "off"}`),
  });
});

/** A socket that was told that these users are offline. */
function watch(socketId: string, ...userIds: string[]): Watch {
  watches.add(`owner of ${socketId}`, socketId);
  const made = watches.of(socketId);
  if (!made) throw new Error("a watch that was added");
  watches.replace(made, new Map(userIds.map((userId) => [userId, false])));
  return made;
}

function pause(socketId: string): void {
  const paused = watches.of(socketId);
  if (paused) paused.isPaused = true;
}

function comes(...userIds: string[]): void {
  for (const userId of userIds) online.add(userId);
  teller.changed(userIds);
}

describe("a change", () => {
  it("is told to who watches, with others of its time, and asked for once", async () => {
    watch("s1", "u", "v");
    watch("s2", "v");
    comes("u", "v", "w");
    await clock.advance(TELL_DELAY_MS - 1);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told.sort()).toEqual(["s1: u on", "s1: v on", "s2: v on"]);
    expect(asked).toEqual([3]);
  });

  it("that is undone before it was told is not told", async () => {
    watch("s1", "u");
    comes("u");
    online.delete("u");
    teller.changed(["u"]);
    await clock.advance(TELL_DELAY_MS);
    expect(told).toEqual([]);
    expect(asked).toEqual([]);
    expect(clock.timersWaiting).toBe(0);
  });

  it("waits for a socket that takes no writes; of several, the last state alone is told", async () => {
    watch("s1", "u");
    busy.add("s1");
    comes("u");
    await clock.advance(5 * TELL_RETRY_MS);
    expect(asked).toEqual([]);
    online.delete("u");
    teller.changed(["u"]);
    comes("u");
    busy.clear();
    await clock.advance(TELL_RETRY_MS);
    expect(told).toEqual(["s1: u on"]);
  });

  it("is not told to who no longer shares a room, now or later", async () => {
    watch("s1", "u");
    strangers.add("owner of s1");
    comes("u");
    await clock.advance(TELL_DELAY_MS);
    expect(watches.isWatched("u")).toBe(false);
    strangers.clear();
    online.delete("u");
    teller.changed(["u"]);
    await clock.advance(TELL_DELAY_MS);
    expect(told).toEqual([]);
  });

  it("waits while the database does not answer", async () => {
    watch("s1", "u");
    const working = read;
    read = async () => {
      throw new Error("no database");
    };
    comes("u");
    await clock.advance(TELL_DELAY_MS + TELL_RETRY_MS);
    expect(told).toEqual([]);
    read = working;
    await clock.advance(TELL_RETRY_MS);
    expect(told).toEqual(["s1: u on"]);
  });

  it("is not told to a paused socket, but when it goes on", async () => {
    const paused = watch("s1", "u");
    paused.isPaused = true;
    comes("u");
    await clock.advance(TELL_DELAY_MS);
    expect(told).toEqual([]);
    expect(asked).toEqual([]);
    paused.isPaused = false;
    teller.changed(paused.told.keys());
    await clock.advance(TELL_DELAY_MS);
    expect(told).toEqual(["s1: u on"]);
  });

  it("of somebody whom many watch is told in steps of a bounded size", async () => {
    for (let index = 0; index < TELL_PAIRS_MAX + 1; index++) watch(`s${index}`, "u");
    comes("u");
    await clock.advance(2 * TELL_DELAY_MS);
    expect(asked).toEqual([TELL_PAIRS_MAX, 1]);
    expect(new Set(told).size).toBe(TELL_PAIRS_MAX + 1);
  });

  it.each([
    ["is undone", () => online.delete("u")],
    ["finds the socket paused", () => pause("s1")],
  ])("that %s while it is looked up is not told", async (_, meanwhile) => {
    watch("s1", "u");
    const working = read;
    read = (pairs) => {
      meanwhile();
      return working(pairs);
    };
    comes("u");
    await clock.advance(TELL_DELAY_MS);
    expect(asked).toEqual([1]);
    expect(told).toEqual([]);
  });

  it("is not told of whom the socket has stopped watching while it was looked up", async () => {
    const watching = watch("s1", "u");
    const working = read;
    read = (pairs) => {
      watches.replace(watching, new Map([["v", false]]));
      return working(pairs);
    };
    comes("u");
    await clock.advance(TELL_DELAY_MS);
    expect(asked).toEqual([1]);
    expect(told).toEqual([]);
  });
});

describe("a socket that has gone", () => {
  it("leaves nothing behind", async () => {
    const gone = watch("s1", "u");
    watches.remove("s1");
    watches.replace(gone, new Map([["u", false]]));
    expect(watches.isWatched("u")).toBe(false);
    comes("u");
    await clock.advance(TELL_DELAY_MS);
    expect(asked).toEqual([]);
  });
});
