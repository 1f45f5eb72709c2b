import { describe, expect, test } from "vitest";
import { check } from "./check.ts";
import type { Entry, History } from "./history.ts";
import {
  ALICE,
  acknowledged,
  BOB,
  committed,
  goodHistory,
  MESSAGES,
  member,
  notice,
  ROOM,
  sent,
  storedRoom,
  text,
  told,
  viewOf,
  withEntries,
} from "./testing.ts";

const ALLOWANCES = { revocationMs: 1_500, expiryMs: 500, unheededMs: 0 };

function rulesOf(history: History, more: { arrivalMs?: number } = {}): string[] {
  return check(history, { ...ALLOWANCES, ...more }).map(({ rule, what }) => `${rule}: ${what}`);
}

test("a good history breaks nothing", () => {
  expect(rulesOf(goodHistory(), { arrivalMs: 1_000 })).toEqual([]);
});

describe("lost", () => {
  test("what was acknowledged and is not stored", () => {
    const found = rulesOf(withEntries(acknowledged("c9", 9)));
    expect(found).toEqual(["lost: acknowledged as 9, not stored"]);
  });

  test("what was acknowledged at one place and stored at another", () => {
    const found = rulesOf(withEntries(acknowledged("c3", 7)));
    expect(found).toEqual(["lost: acknowledged as 7, stored as 3"]);
  });

  test("the same clientId of another sender does not stand in for it", () => {
    const entry = { ...acknowledged("c3", 3), userId: BOB } as Entry;
    expect(rulesOf(withEntries(entry))).toEqual(["lost: acknowledged as 3, not stored"]);
  });

  test("what waits in an outbox for ever, and what failed though its author was a member all the time", () => {
    const waiting = { ...viewOf(ALICE, MESSAGES), pending: [{ clientId: "c9", state: "waiting" }] };
    const failed = { ...viewOf(ALICE, MESSAGES), pending: [{ clientId: "c9", state: "failed" }] };
    expect(rulesOf(goodHistory({ views: [waiting] }))).toEqual([
      "lost: still waiting in the outbox after everything has come to rest",
    ]);
    expect(rulesOf(goodHistory({ views: [failed] }))).toEqual([
      "lost: failed, though its author was a member all the time",
    ]);
  });

  test("what an outbox has forgotten", () => {
    expect(rulesOf(withEntries(sent("c9", 2_000)))).toEqual([
      "lost: sent, neither stored nor in the outbox any more",
    ]);
  });
});

describe("doubled", () => {
  test("two rows of one clientId", () => {
    const messages = [...MESSAGES, text(5, { clientId: "c4" })];
    const views = [viewOf(ALICE, messages), viewOf(BOB, messages)];
    const rooms = [storedRoom(messages)];
    const found = check(goodHistory({ rooms, views }), ALLOWANCES);
    expect(found.filter(({ rule }) => rule === "doubled").map(({ what }) => what)).toEqual([
      "stored 2 times, as 4, 5",
    ]);
  });

  test("a rev that was given twice", () => {
    const commits = committed([1, 2, 3, 3, 4]);
    const found = rulesOf(goodHistory({ rooms: [storedRoom(MESSAGES, { commits })] }));
    expect(found).toEqual(["doubled: rev 3 was given twice"]);
  });

  test("what a screen showed twice for a moment", () => {
    const what = "c4 was on the screen twice";
    const entry: Entry = {
      kind: "misshown",
      at: 1,
      client: BOB,
      roomId: ROOM,
      rule: "doubled",
      what,
    };
    expect(rulesOf(withEntries(entry))).toEqual([`doubled: ${what}`]);
  });
});

describe("gap", () => {
  test("a place that no message has", () => {
    const messages = MESSAGES.filter(({ seq }) => seq !== 3);
    const commits = committed([1, 2, 3, 4]);
    const views = [viewOf(ALICE, messages), viewOf(BOB, messages)];
    const found = rulesOf(goodHistory({ rooms: [storedRoom(messages, { commits })], views }));
    expect(found).toContain("gap: seq 2 is followed by 4");
  });

  test("a rev that no change has, and a room that counts further than its changes", () => {
    const commits = committed([1, 2, 4]);
    const rooms = [storedRoom(MESSAGES, { commits, rev: 5 })];
    expect(rulesOf(goodHistory({ rooms }))).toEqual([
      "gap: rev 2 is followed by 4",
      "gap: the room says rev 5, the last is 4",
    ]);
  });

  test("a member's screen that lacks a message, in the middle or at the end", () => {
    const views = [
      viewOf(
        ALICE,
        MESSAGES.filter(({ seq }) => seq !== 3),
      ),
      viewOf(BOB, MESSAGES.slice(0, 3)),
    ];
    expect(rulesOf(goodHistory({ views }))).toEqual([
      "gap: 3 is not on the screen",
      "gap: 4 is not on the screen",
    ]);
  });

  test("a screen that holds the newest only may lack the oldest, and nothing else", () => {
    const newest = { ...viewOf(BOB, MESSAGES.slice(2)), hasOlder: true };
    expect(rulesOf(goodHistory({ views: [newest] }))).toEqual([]);
    const empty = { ...viewOf(BOB, []), hasOlder: true };
    expect(rulesOf(goodHistory({ views: [empty] }))).toEqual(["gap: the screen is empty"]);
  });

  test("a screen that shows an old state of a message", () => {
    const edited = text(3, { rev: 5, text: "again", editedAt: 1_900 });
    const rooms = [
      storedRoom([MESSAGES[0], MESSAGES[1], edited, MESSAGES[3]], {
        commits: committed([1, 2, 3, 4, 5], { 5: 3 }),
      }),
    ];
    const asked: Entry = {
      ...{ kind: "asked", at: 1_899, id: 1, client: ALICE, socket: 2, userId: ALICE, roomId: ROOM },
      ...{ event: "message:edit", seq: 3, text: "again" },
    };
    const history = { ...withEntries(asked), rooms, views: [viewOf(BOB, MESSAGES)] };
    expect(rulesOf(history)).toEqual(["gap: 3 is on the screen as of rev 3, the room has rev 5"]);
  });

  test("a member whose screen says that the room is gone", () => {
    const gone = { ...viewOf(BOB, []), state: "gone" as const };
    expect(rulesOf(goodHistory({ views: [gone] }))).toEqual([
      "gap: a member, and the screen is gone",
    ]);
  });
});

describe("order", () => {
  test("one rev that was two different things", () => {
    const found = rulesOf(withEntries(told(BOB, text(9, { rev: 3 }))));
    expect(found).toHaveLength(3);
    expect(found[0]).toMatch(/^lost: 9 was told as of rev 3, and nothing is stored there/);
    expect(found[1]).toMatch(/^order: rev 3 was .*text 9.*and for the database .*text 3/);
    expect(found[2]).toMatch(/^doubled: rev 3 was told 2 times/);
  });

  test("a sender's own messages in another order than they were written", () => {
    const entries = [sent("c3", 1), sent("c2", 2), sent("c4", 3)];
    expect(rulesOf(goodHistory({ entries }))).toEqual([
      "order: written after what stands at 3, and stands at 2",
    ]);
  });

  test("what a screen showed out of order for a moment", () => {
    const what = "3 was shown below 4";
    const entry: Entry = {
      kind: "misshown",
      at: 1,
      client: BOB,
      roomId: ROOM,
      rule: "order",
      what,
    };
    expect(rulesOf(withEntries(entry))).toEqual([`order: ${what}`]);
  });
});

describe("leak, by membership", () => {
  const MOVES = [
    notice(1, "created", BOB),
    notice(2, "removed", BOB),
    text(3),
    notice(4, "invited", BOB),
    text(5),
  ] as const;
  const rooms = [
    storedRoom(MOVES, {
      members: [member(ALICE, { role: "owner" }), member(BOB, { historyFromSeq: 4 })],
    }),
  ];
  const views = [viewOf(ALICE, MOVES), viewOf(BOB, MOVES.slice(3))];
  const withMoves = (...entries: Entry[]) => goodHistory({ entries, rooms, views });

  test("what is said before, and since coming back, may be told", () => {
    expect(
      rulesOf(withMoves(told(BOB, MOVES[0]), told(BOB, MOVES[3]), told(BOB, MOVES[4]))),
    ).toEqual([]);
  });

  test("what was said in between may not, nor the notice of one's own removal", () => {
    const found = rulesOf(withMoves(told(BOB, MOVES[1]), told(BOB, MOVES[2])));
    expect(found).toHaveLength(2);
    expect(found[1]).toMatch(
      /^leak: 3 \(rev 3\) was told .* from 1 to before 2 \(rev 2\), from 4 on/,
    );
  });

  test("a change of an old message, made after the removal, may not", () => {
    const found = rulesOf(withMoves(told(BOB, text(1, { rev: 9 }))));
    expect(found[0]).toMatch(/^lost: 1 was told as of rev 9/);
    expect(found[1]).toMatch(/^leak: 1 \(rev 9\)/);
  });

  test("who never was a member may see nothing", () => {
    const found = rulesOf(withMoves(told("mallory", MOVES[4])));
    expect(found[0]).toMatch(/^leak: 5 .* a member never$/);
  });

  test("what a screen showed, however it came there", () => {
    const entry: Entry = { kind: "shown", at: 1, client: BOB, userId: BOB, roomId: ROOM, seq: 3 };
    expect(rulesOf(withMoves(entry))[0]).toMatch(/^leak: 3 was on the screen of somebody/);
  });

  test("who repeats their own message of an earlier stay is answered", () => {
    const own = text(3, { senderId: BOB });
    const rooms = [
      storedRoom([MOVES[0], MOVES[1], own, MOVES[3], MOVES[4]], {
        members: [member(ALICE, { role: "owner" }), member(BOB, { historyFromSeq: 4 })],
      }),
    ];
    const answered = { ...told(BOB, own), path: "answered" } as Entry;
    expect(rulesOf(goodHistory({ rooms, views: [], entries: [answered] }))).toEqual([]);
    expect(rulesOf(goodHistory({ rooms, views: [], entries: [told(BOB, own)] }))).toHaveLength(1);
  });

  test("a screen that keeps what its owner may not see any more, or has no right to be there", () => {
    const kept = [viewOf(BOB, MOVES)];
    expect(rulesOf({ ...withMoves(), views: kept })).toEqual(
      [1, 2, 3].map(
        (seq) => `leak: ${seq} is on the screen, and is nothing that this member may see`,
      ),
    );
    const stranger = [viewOf("mallory", [])];
    expect(rulesOf({ ...withMoves(), views: stranger })).toEqual([
      "leak: no member, and the screen is ready",
    ]);
    const gone = [{ ...viewOf("mallory", MOVES), state: "gone" as const }];
    expect(rulesOf({ ...withMoves(), views: gone })).toEqual([]);
  });
});

describe("leak, by session", () => {
  const token = (expiresAt: number, at = 0): Entry => {
    return { kind: "token", at, client: BOB, socket: 1, expiresAt, sessionId: "s" };
  };
  const late = text(5, { createdAt: 3_000 });
  const rooms = [storedRoom([...MESSAGES, late])];
  const history = (...entries: Entry[]) => goodHistory({ entries, rooms, views: [] });

  test("what was committed after exp, however late the token's end is noticed", () => {
    expect(rulesOf(history(token(2_000), told(BOB, late)))).toEqual([
      "leak: 5 (rev 5) was told 1000 ms after the token had run out",
    ]);
    expect(rulesOf(history(token(2_600), told(BOB, late)))).toEqual([]);
  });

  test("what was committed before may have been on its way for long", () => {
    expect(rulesOf(history(token(3_001), told(BOB, late, 60_000)))).toEqual([]);
  });

  test("a renewed token counts from its renewal on", () => {
    const renewed = [token(2_000), token(9_000, 1_900)];
    expect(rulesOf(history(...renewed, told(BOB, late)))).toEqual([]);
    const tooLate = [token(2_000), token(9_000, 3_500)];
    expect(rulesOf(history(...tooLate, told(BOB, late)))).toHaveLength(1);
  });

  test("what was committed after the session had ended", () => {
    const ended = (at: number): Entry => ({ kind: "session ended", at, sessionId: "s" });
    expect(rulesOf(history(token(9_000), ended(1_400), told(BOB, late)))).toEqual([
      "leak: 5 (rev 5) was told 1600 ms after the session had ended",
    ]);
    expect(rulesOf(history(token(9_000), ended(1_600), told(BOB, late)))).toEqual([]);
  });
});

describe("late", () => {
  const ready = (at: number, repairs = true): Entry => {
    const who = { client: BOB, userId: BOB, socket: 1 };
    return { kind: "ready", at, ...who, nodeId: "chat-1", repairs };
  };
  const closed = (at: number): Entry => ({ kind: "closed", at, client: BOB, socket: 1 });
  const end: Entry = { kind: "fault", at: 20_000, what: "the end" };
  const before = MESSAGES.slice(0, 3).map((message) => told(BOB, message));
  const last = MESSAGES[3];
  const history = (...entries: Entry[]) => {
    const all = [...entries, ...before, end];
    return goodHistory({ entries: all.sort((one, other) => one.at - other.at) });
  };

  test("what came too late, or never, to whoever was connected all the time", () => {
    const found = rulesOf(history(ready(0), told(BOB, last, last.createdAt + 6_000)), {
      arrivalMs: 5_000,
    });
    expect(found).toEqual(["late: 4 came after 6000 ms; 5000 ms are promised"]);
    expect(rulesOf(history(ready(0)), { arrivalMs: 5_000 })).toEqual([
      "late: 4 never came; 5000 ms are promised",
    ]);
  });

  test("nothing is promised to whoever has left by then", () => {
    const left = notice(5, "left", BOB);
    const stored = (createdAt: number) => [storedRoom([...MESSAGES, { ...left, createdAt }])];
    const rules = (createdAt: number) =>
      rulesOf({ ...history(ready(0)), rooms: stored(createdAt), views: [] }, { arrivalMs: 5_000 });
    expect(rules(3_000)).toEqual([]);
    expect(rules(9_000)).toHaveLength(1);
  });

  test("nothing is promised to whoever had no valid token meanwhile", () => {
    const token = (at: number, expiresAt: number): Entry => {
      return { kind: "token", at, client: BOB, socket: 1, expiresAt, sessionId: "s" };
    };
    const promised = { arrivalMs: 5_000 };
    expect(rulesOf(history(ready(0), token(0, 3_000), token(2_900, 9_000)), promised)).toHaveLength(
      1,
    );
    expect(rulesOf(history(ready(0), token(0, 3_000), token(3_100, 9_000)), promised)).toEqual([]);
  });

  test("nothing is promised to whoever was away meanwhile, or repairs nothing", () => {
    expect(rulesOf(history(ready(0), closed(3_000)), { arrivalMs: 5_000 })).toEqual([]);
    expect(rulesOf(history(ready(3_000)), { arrivalMs: 5_000 })).toEqual([]);
    expect(rulesOf(history(ready(0, false)), { arrivalMs: 5_000 })).toEqual([]);
    expect(rulesOf(history(ready(0)))).toEqual([]);
  });
});
