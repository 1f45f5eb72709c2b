import type { RoomSummary } from "@moim/protocol";
import { describe, expect, it } from "vitest";
import { ReadRooms } from "./read-rooms.ts";

/** How many messages are unread in each room. */
function listOf(unread: Record<string, number>) {
  const rooms = Object.entries(unread).map(([id, count]) => ({ id, unread: count }));
  return { state: "ready" as const, rooms: rooms as RoomSummary[] };
}

/** Of the rooms that something was told of, those in which it is taken back. */
function takenBack(read: ReadRooms, unread: Record<string, number>, isCurrent = true): string[] {
  const fits = read.take(listOf(unread), isCurrent);
  return ["a", "b", "c"].filter((roomId) => fits?.(roomId));
}

/** A page that has its list, and has looked through what was told of before it was loaded. */
function watching(unread: Record<string, number>): ReadRooms {
  const read = new ReadRooms();
  read.take(listOf(unread), true);
  return read;
}

describe("what was told is taken back", () => {
  it("where it has been read, and not where another tab knows of a message sooner than this one", () => {
    const read = watching({ a: 2, b: 0 });
    expect(takenBack(read, { a: 0, b: 0 })).toEqual(["a"]);
    expect(takenBack(read, { a: 0, b: 1 })).toEqual([]);
    expect(takenBack(read, { a: 0, b: 0 })).toEqual(["b"]);
  });

  it("where a room with something unread is no longer there", () => {
    expect(takenBack(watching({ a: 0, b: 1 }), { a: 0 })).toEqual(["b"]);
  });

  it("not where only some of it has been read", () => {
    expect(takenBack(watching({ a: 2, b: 0 }), { a: 1, b: 0 })).toEqual([]);
  });

  it("by a page that was loaded afterwards, once, as soon as its list is no longer that of last time", () => {
    const read = new ReadRooms();
    expect(takenBack(read, { a: 1, b: 0 }, false)).toEqual([]);
    expect(takenBack(read, { a: 1, b: 0 })).toEqual(["b", "c"]);
    expect(takenBack(read, { a: 1, b: 0 })).toEqual([]);
  });

  it("of rooms read while the list is that of last time, too", () => {
    const read = new ReadRooms();
    read.take(listOf({ a: 1, b: 0 }), false);
    expect(takenBack(read, { a: 0, b: 0 }, false)).toEqual(["a"]);
  });
});
