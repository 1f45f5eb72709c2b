import { expect, test } from "vitest";
import type { Entry, History } from "../history/history.ts";
import { ALICE, ROOM, storedRoom, text } from "../history/testing.ts";
import { timeLineOf } from "./time-line.ts";

const client = "alice's tab";
const history = (entries: readonly Entry[]): History => ({
  ...{ entries, views: [], lists: [], people: [] },
  rooms: [storedRoom([text(1)])],
});
const signal = (at: number, name: "room:removed" | "room:changed"): Entry => ({
  ...{ kind: "signal", at, client, socket: 1, userId: ALICE, roomId: ROOM, name },
});
const answered = (at: number, event: string, roomId: string | undefined): Entry => ({
  ...{ kind: "answered", at, askedAt: at, id: at, client, socket: 1, userId: ALICE },
  ...{ event, roomId, outcome: "ok" },
});

test("what a violation speaks of stands in its time line, though it is no message", () => {
  const told = [signal(100, "room:removed"), signal(140, "room:changed")];
  const violation = { rule: "leak", roomId: ROOM, client, at: 140, what: "told too late" } as const;
  expect(timeLineOf(history(told), violation)).toEqual([
    "      +0 ms  alice's tab is told room:removed (socket 1)",
    "     +40 ms  !!! told too late",
  ]);
});

test("of what is wrong in the end all is told that the list of rooms knows it by", () => {
  const asked = [
    answered(100, "room:list", undefined),
    answered(30_000, "room:read", ROOM),
    answered(30_001, "room:read", "another room"),
    answered(30_002, "message:page", ROOM),
  ];
  const violation = { rule: "gap", roomId: ROOM, client, what: "unread is wrong" } as const;
  expect(timeLineOf(history(asked), violation)).toEqual([
    "      +0 ms  alice's tab is answered room:list: ok (socket 1)",
    "  +29900 ms  alice's tab is answered room:read: ok (socket 1)",
  ]);
});
