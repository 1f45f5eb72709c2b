import { afterEach, expect, test, vi } from "vitest";
import type { PendingMessage } from "../api.ts";
import { ALICE, BOB, message, ROOM_ID } from "../testing/messages.ts";
import { Items } from "./items.ts";
import { type Timeline, withChanges } from "./timeline.ts";

const pending = (clientId: string): PendingMessage => ({
  clientId,
  roomId: ROOM_ID,
  text: "hello",
  replyTo: null,
  createdAt: 0,
  delivery: { state: "sending", sinceMs: 0 },
});

test("a message that is confirmed and still pending is shown once, under the key it had", () => {
  const own = message({ seq: 1, rev: 1, senderId: ALICE, clientId: "c1" });
  const items = new Items(ALICE);
  const waiting = [pending("c1"), pending("c2")];
  expect(items.of([], waiting).map(({ kind, key }) => [kind, key])).toEqual([
    ["pending", "c1"],
    ["pending", "c2"],
  ]);
  expect(items.of([own], waiting).map(({ kind, key }) => [kind, key])).toEqual([
    ["message", "c1"],
    ["pending", "c2"],
  ]);
});

test("somebody else's clientId is none of one's own messages", () => {
  const foreign = message({ seq: 1, rev: 1, senderId: BOB, clientId: "c1" });
  const items = new Items(ALICE).of([foreign], [pending("c1")]);
  expect(items.map(({ kind }) => kind)).toEqual(["message", "pending"]);
});

test("what has not changed is the same item, and the same list, so that nothing is drawn again", () => {
  const items = new Items(ALICE);
  const [one, two, three] = [1, 2, 3].map((seq) => message({ seq, rev: seq }));
  if (!one || !two || !three) throw new Error("three were made");
  const waiting = pending("c1");
  const before = items.of([one, two], [waiting]);
  expect(items.of([one, two], [waiting])).toBe(before);
  const edited = { ...two, rev: 4, text: "edited" };
  const after = items.of([one, edited, three], [waiting]);
  expect(after.map(({ key }) => key)).toEqual(["seq-1", "seq-2", "seq-3", "c1"]);
  expect([after[0], after[3]]).toEqual([before[0], before[2]]);
  expect(after[0]).toBe(before[0]);
  expect(after[3]).toBe(before[2]);
  expect(after[1]).toMatchObject({ message: edited });
  const older = message({ seq: 0, rev: 0 });
  const longer = items.of([older, one, edited, three], []);
  expect(longer.slice(1)).toEqual(after.slice(0, 3));
  expect(longer[2]).toBe(after[1]);
  expect(items.of([edited, three], [])).toEqual(longer.slice(2));
});

/** How often one asks for what was made of some message. */
class CountingWeakMap<Key extends WeakKey, Held> extends WeakMap<Key, Held> {
  static lookups = 0;

  override get(key: Key): Held | undefined {
    CountingWeakMap.lookups++;
    return super.get(key);
  }
}

afterEach(() => vi.unstubAllGlobals());

/** How often a property of a message is read, and a message looked up, when one more arrives in a room that holds so many. */
function workOfAnArrival(held: number): { reads: number; lookups: number } {
  vi.stubGlobal("WeakMap", CountingWeakMap);
  let reads = 0;
  const counted = (seq: number) =>
    new Proxy(message({ seq, rev: seq }), {
      get(target, name, receiver) {
        reads++;
        return Reflect.get(target, name, receiver);
      },
    });
  const timeline: Timeline = {
    rev: held,
    messages: Array.from({ length: held }, (_, index) => counted(index + 1)),
    hasOlder: true,
    hasNewer: false,
    ahead: [],
    head: held,
  };
  const items = new Items(ALICE);
  items.of(timeline.messages, []);
  const next = withChanges(timeline, [counted(held + 1)]);
  items.of(next.messages, []);
  reads = 0;
  CountingWeakMap.lookups = 0;
  const arrived = withChanges(next, [counted(held + 2)]);
  expect(items.of(arrived.messages, [])).toHaveLength(held + 2);
  return { reads, lookups: CountingWeakMap.lookups };
}

test("what arrives costs the same in a room that holds ten thousand messages as in one of six hundred", () => {
  const [few, many] = [workOfAnArrival(600), workOfAnArrival(10_000)];
  expect(few.reads).toBeLessThan(60);
  // The search for its place takes a step more for each doubling.
  expect(many.reads - few.reads).toBeLessThan(10);
  expect([few.lookups, many.lookups]).toEqual([1, 1]);
});
