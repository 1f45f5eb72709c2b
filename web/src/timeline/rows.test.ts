import type { TimelineItem } from "@moim/client";
import type { Message } from "@moim/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { type Bubble, countNewAfter, Rows } from "./rows.ts";

const NOON = new Date(2026, 10, 22, 12, 0, 5).getTime();
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

function message(
  seq: number,
  senderId: string,
  atMs: number,
  more: Partial<Message> = {},
): TimelineItem {
  return {
    kind: "message",
    key: `${seq}`,
    message: {
      roomId: "room",
      seq,
      rev: seq,
      kind: "text",
      senderId,
      clientId: null,
      text: `text ${seq}`,
      notice: null,
      replyTo: null,
      reactions: [],
      editedAt: null,
      deletedAt: null,
      createdAt: atMs,
      ...more,
    },
  };
}

function pending(clientId: string, atMs: number, failed = false): TimelineItem {
  const delivery = failed
    ? ({ state: "failed", code: "forbidden", retryable: false } as const)
    : ({ state: "waiting" } as const);
  return {
    kind: "pending",
    key: clientId,
    pending: { clientId, roomId: "room", text: "x", replyTo: null, createdAt: atMs, delivery },
  };
}

const rowsOf = (items: TimelineItem[], unreadAfterSeq: number | null = null) =>
  new Rows("me").of(items, unreadAfterSeq);
const kinds = (items: TimelineItem[], unreadAfterSeq: number | null = null) =>
  rowsOf(items, unreadAfterSeq).map((row) => row.kind);
const groups = (items: TimelineItem[]) =>
  rowsOf(items)
    .filter((row): row is Bubble => row.kind === "bubble")
    .map((row) => `${row.isFirstOfGroup ? "[" : ""}${row.key}${row.isLastOfGroup ? "]" : ""}`)
    .join(" ");

describe("day separators", () => {
  it("never go back: yesterday's unsent message after today's has none of its own, nor a key twice", () => {
    const DAY = 24 * 60 * MINUTE;
    const rows = rowsOf([
      message(1, "me", NOON - DAY),
      message(2, "me", NOON),
      pending("unsent", NOON - DAY),
      pending("later", NOON),
      pending("from a wrong clock", NOON + DAY),
    ]);
    expect(rows.map((row) => row.kind)).toEqual([
      "day",
      "bubble",
      "day",
      "bubble",
      "bubble",
      "bubble",
      "day",
      "bubble",
    ]);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });

  it("stand before the first row of each local day", () => {
    const beforeMidnight = new Date(2026, 10, 22, 23, 59, 59).getTime();
    const items = [
      message(1, "a", NOON),
      message(2, "a", beforeMidnight),
      message(3, "a", beforeMidnight + SECOND),
    ];
    expect(kinds(items)).toEqual(["day", "bubble", "bubble", "day", "bubble"]);
  });
});

describe("days are the reader's", () => {
  const before = process.env.TZ;
  afterEach(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });

  it.each([
    ["Asia/Seoul", ["day", "bubble", "bubble"]],
    ["America/New_York", ["day", "bubble", "day", "bubble"]],
  ])("in %s", (zone, expected) => {
    process.env.TZ = zone;
    // Midnight in New York is afternoon in Seoul.
    const midnight = Date.UTC(2026, 10, 22, 5);
    expect(kinds([message(1, "a", midnight - SECOND), message(2, "a", midnight)])).toEqual(
      expected,
    );
  });
});

describe("grouping", () => {
  it("joins one author's bubbles of one minute", () => {
    const items = [
      message(1, "a", NOON),
      message(2, "a", NOON + SECOND),
      message(3, "a", NOON + 2 * SECOND),
    ];
    expect(groups(items)).toBe("[1 2 3]");
  });

  it("ends at another author, at another minute and at a notice", () => {
    const left = { kind: "notice", notice: { type: "left" }, text: null } as const;
    const items = [
      message(1, "a", NOON),
      message(2, "b", NOON),
      message(3, "b", NOON + MINUTE),
      message(4, "c", NOON + MINUTE, left),
      message(5, "b", NOON + MINUTE),
    ];
    expect(groups(items)).toBe("[1] [2] [3] [5]");
  });

  it("goes on over the border between confirmed and pending", () => {
    expect(groups([message(1, "me", NOON), pending("p", NOON + SECOND)])).toBe("[1 p]");
  });

  it("leaves a failed message on its own line", () => {
    const items = [message(1, "me", NOON), pending("p", NOON, true), pending("q", NOON)];
    expect(groups(items)).toBe("[1] [p] [q]");
  });
});

describe("the unread divider", () => {
  it("stands once, before the first message of others after the last one read", () => {
    const items = [
      message(1, "a", NOON),
      message(2, "me", NOON),
      message(3, "a", NOON),
      message(4, "a", NOON),
    ];
    expect(kinds(items, 1)).toEqual(["day", "bubble", "bubble", "unread", "bubble", "bubble"]);
  });

  it("is not drawn when nothing is new, or when not asked for", () => {
    expect(kinds([message(1, "a", NOON)], 1)).toEqual(["day", "bubble"]);
    expect(kinds([message(1, "a", NOON)])).toEqual(["day", "bubble"]);
  });
});

it("a deleted message keeps its place and has no text", () => {
  const [, row] = rowsOf([message(1, "a", NOON, { deletedAt: NOON + 1 })]);
  expect(row).toMatchObject({ kind: "bubble", text: null, seq: 1 });
});

describe("rows that were made before", () => {
  const said = (first: number, last: number, everyMs = 20 * SECOND) =>
    Array.from({ length: last - first + 1 }, (_, index) => {
      const seq = first + index;
      return message(seq, seq % 5 < 3 ? "a" : "me", NOON + seq * everyMs);
    });

  it("come out as if they were all made anew, whatever has changed", () => {
    const day = said(1, 40, 37 * MINUTE);
    const edited = day.map((item, index) =>
      index === 17 ? message(18, "a", NOON + 18 * 37 * MINUTE, { text: "edited" }) : item,
    );
    const steps: [TimelineItem[], number | null][] = [
      [day.slice(10, 20), 15],
      [day.slice(10, 21), 15],
      [[...day.slice(10, 21), pending("p", NOON)], 15],
      [[...day.slice(10, 22), pending("p", NOON)], 15],
      [day.slice(10, 22), null],
      [day.slice(10, 30), 25],
      [day.slice(0, 30), 25],
      [edited.slice(0, 30), 25],
      [edited.slice(0, 26), 25],
      [edited.slice(20), 25],
      [[], 25],
      [said(1, 9), 3],
    ];
    const rows = new Rows("me");
    for (const [items, unreadAfterSeq] of steps) {
      expect(rows.of(items, unreadAfterSeq)).toEqual(rowsOf(items, unreadAfterSeq));
    }
  });

  it("stay the same objects, and the same list where nothing has changed", () => {
    const items = said(1, 30);
    const rows = new Rows("me");
    const before = rows.of(items.slice(0, 29), null);
    expect(rows.of(items.slice(0, 29), null)).toBe(before);
    const after = rows.of(items, null);
    expect(after.slice(0, -2).every((row, index) => row === before[index])).toBe(true);
  });

  it("are not looked at when one more arrives, however many are held", () => {
    const looksAt = (held: number) => {
      let looks = 0;
      const counted = said(1, held + 1).map(
        (item) =>
          new Proxy(item, {
            get(target, name, receiver) {
              looks++;
              return Reflect.get(target, name, receiver);
            },
          }),
      );
      const rows = new Rows("me");
      rows.of(counted.slice(0, held), null);
      looks = 0;
      const all = rows.of(counted, null);
      countNewAfter(all, held - 1);
      return looks;
    };
    expect(looksAt(600)).toBeLessThan(80);
    expect(looksAt(10_000) - looksAt(600)).toBeLessThan(20);
  });
});

it("what is new after a message is counted without one's own and what is not confirmed", () => {
  const rows = rowsOf([
    message(1, "a", NOON),
    message(2, "a", NOON),
    message(3, "me", NOON),
    message(5, "b", NOON),
    pending("p", NOON),
  ]);
  expect([0, 1, 2, 5].map((seq) => countNewAfter(rows, seq))).toEqual([3, 2, 1, 0]);
});
