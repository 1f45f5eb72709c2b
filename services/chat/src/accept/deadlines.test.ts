import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { Deadlines } from "./deadlines.ts";

const DAY_MS = 86_400_000;

let clock: ManualClock;
let deadlines: Deadlines;
let called: string[];
beforeEach(() => {
  clock = new ManualClock();
  deadlines = new Deadlines(clock);
  called = [];
});

function set(owner: object, inMs: number, name: string): void {
  deadlines.set(owner, clock.now() + inMs, () => called.push(name));
}

describe("deadlines", () => {
  it("come in the order of their times, not of their setting", async () => {
    for (const inMs of [300, 100, 500, 200, 400]) set({}, inMs, String(inMs));
    await clock.advance(1_000);
    expect(called).toEqual(["100", "200", "300", "400", "500"]);
  });

  it("come at their time and not before", async () => {
    set({}, 100, "due");
    await clock.advance(99);
    expect(called).toEqual([]);
    await clock.advance(1);
    expect(called).toEqual(["due"]);
  });

  it("that have passed already come at once, but not within the call that sets them", async () => {
    set({}, -50, "late");
    expect(called).toEqual([]);
    await clock.advance(0);
    expect(called).toEqual(["late"]);
  });

  it("come within seconds after a machine that was suspended past them goes on", async () => {
    let suspendedMs = 0;
    const now = () => clock.now() + suspendedMs;
    const here = new Deadlines({ now, after: (...timer) => clock.after(...timer) });
    here.set({}, now() + DAY_MS, () => called.push("due"));
    await clock.advance(60_000);
    suspendedMs = DAY_MS;
    await clock.advance(10_000);
    expect(called).toEqual(["due"]);
  });

  it("come once", async () => {
    set({}, 100, "due");
    await clock.advance(DAY_MS);
    expect(called).toEqual(["due"]);
    expect(clock.timersWaiting).toBe(0);
  });

  it("are one per owner: a new one replaces the old, sooner or later than it", async () => {
    const [sooner, later] = [{}, {}];
    set(sooner, 200, "old");
    set(sooner, 100, "sooner");
    set(later, 200, "old");
    set(later, 300, "later");
    await clock.advance(200);
    expect(called).toEqual(["sooner"]);
    await clock.advance(100);
    expect(called).toEqual(["sooner", "later"]);
  });

  it("that are cancelled do not come, and hold up no other", async () => {
    const cancelled = {};
    set(cancelled, 100, "cancelled");
    set({}, 200, "other");
    deadlines.cancel(cancelled);
    deadlines.cancel({});
    await clock.advance(200);
    expect(called).toEqual(["other"]);
  });

  it("that are cancelled hold nothing of their owner till their time", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage: () => void = runInNewContext("gc");
    const comeAndGo = () => {
      const owner = { name: "gone" };
      deadlines.set(owner, clock.now() + DAY_MS, () => called.push(owner.name));
      deadlines.cancel(owner);
      return new WeakRef(owner);
    };
    const gone = comeAndGo();
    await settled();
    collectGarbage();
    expect(gone.deref()).toBeUndefined();
  });

  it("may be set and cancelled by one that comes", async () => {
    const [first, second, third] = [{}, {}, {}];
    set(second, 100, "second");
    set(third, 300, "third");
    deadlines.set(first, clock.now() + 50, () => {
      called.push("first");
      deadlines.cancel(second);
      set(first, 100, "first again");
      set(third, 0, "third at once");
    });
    await clock.advance(1_000);
    expect(called).toEqual(["first", "third at once", "first again"]);
  });

  it("of ten thousand owners cost one timer", async () => {
    const owners = Array.from({ length: 10_000 }, () => ({}));
    owners.forEach((owner, index) => {
      set(owner, 1 + ((index * 7_919) % 10_000), String(index));
      expect(clock.timersWaiting).toBe(1);
    });
    await clock.advance(5_000);
    expect(called).toHaveLength(5_000);
    expect(clock.timersWaiting).toBe(1);
    await clock.advance(5_000);
    expect(new Set(called).size).toBe(10_000);
    expect(clock.timersWaiting).toBe(0);
  });

  it("further away than a timer can reach (2^31 ms) come at their time all the same", async () => {
    set({}, 60 * DAY_MS, "far");
    await clock.advance(60 * DAY_MS - 1);
    expect(called).toEqual([]);
    await clock.advance(1);
    expect(called).toEqual(["far"]);
  });

  it("come in order, whatever was set, replaced and cancelled before (seeded)", async () => {
    const step = fc.record({
      owner: fc.nat(9),
      inMs: fc.nat(50),
      verb: fc.constantFrom("set", "set", "set", "cancel"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const time = new ManualClock();
        const tried = new Deadlines(time);
        const owners = Array.from({ length: 10 }, () => ({}));
        const expected = new Map<number, number>();
        const came: { owner: number; at: number }[] = [];
        for (const { owner, inMs, verb } of steps) {
          const key = owners[owner] ?? {};
          if (verb === "cancel") {
            tried.cancel(key);
            expected.delete(owner);
          } else {
            tried.set(key, time.now() + inMs, () => came.push({ owner, at: time.now() }));
            expected.set(owner, time.now() + inMs);
          }
        }
        await time.advance(100);
        expect(new Map(came.map(({ owner, at }) => [owner, at]))).toEqual(expected);
        expect(came.map(({ at }) => at)).toEqual([...expected.values()].sort((a, b) => a - b));
      }),
      { seed: 20_261_122, numRuns: 100 },
    );
  });
});
