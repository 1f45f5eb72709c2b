import { describe, expect, test } from "vitest";
import { ALICE, BOB, message, roomSummary } from "../testing/messages.ts";
import {
  isBehind,
  type RoomEntry,
  withChanges,
  withHead,
  withReadSeq,
  withRoom,
  withSummary,
} from "./room-entry.ts";

const entry = (given: Parameters<typeof roomSummary>[0] = {}): RoomEntry => ({
  ...withSummary(undefined, roomSummary(given), ALICE),
  isListed: true,
});
const received = (from: RoomEntry, ...changes: Parameters<typeof message>[0][]) =>
  withChanges(
    from,
    changes.map((change) => message(change)),
    ALICE,
  );

describe("a room in the list", () => {
  test("others' texts are unread and the last message; notices are only the latter", () => {
    const notice = { kind: "notice", text: null, notice: { type: "renamed", title: "x" } } as const;
    const { summary } = received(entry(), { seq: 1, rev: 1 }, { seq: 2, rev: 2, ...notice });
    expect(summary).toMatchObject({ unread: 1, lastSeq: 2, rev: 2, lastMessage: { seq: 2 } });
  });

  test("an own message, from whatever device, reads everything before it", () => {
    const before = received(entry(), { seq: 1, rev: 1 });
    const { summary } = received(before, { seq: 2, rev: 2, senderId: ALICE });
    expect(summary).toMatchObject({ unread: 0, readSeq: 2 });
  });

  test("an own notice reads nothing: one may rename a room without having looked into it", () => {
    const notice = { kind: "notice", text: null, notice: { type: "renamed", title: "x" } } as const;
    const before = received(entry(), { seq: 1, rev: 1 });
    const { summary } = received(before, { seq: 2, rev: 2, senderId: ALICE, ...notice });
    expect(summary).toMatchObject({ unread: 1, readSeq: 0, lastSeq: 2 });
    expect(summary.members.find(({ userId }) => userId === ALICE)?.readSeq).toBe(0);
  });

  test("the same change twice counts once", () => {
    const once = received(entry(), { seq: 1, rev: 1 });
    expect(received(once, { seq: 1, rev: 1 }).summary.unread).toBe(1);
  });

  test("changes beyond a gap wait for it, and count when it is closed", () => {
    const ahead = received(entry(), { seq: 2, rev: 2 });
    expect(ahead.summary).toMatchObject({ unread: 0, lastSeq: 0 });
    expect(isBehind(ahead)).toBe(true);
    const closed = received(ahead, { seq: 1, rev: 1 });
    expect(closed.summary).toMatchObject({ unread: 2, lastSeq: 2 });
    expect(isBehind(closed)).toBe(false);
  });

  test("a fetched summary closes the gap, and what came after it is put on top", () => {
    const ahead = received(entry(), { seq: 4, rev: 4 });
    const fetched = roomSummary({
      rev: 3,
      lastSeq: 3,
      unread: 3,
      lastMessage: message({ seq: 3, rev: 3 }),
    });
    const { summary } = withSummary(ahead, fetched, ALICE);
    expect(summary).toMatchObject({ unread: 4, lastSeq: 4, rev: 4 });
  });

  test("an answer that was read before newer changes does not undo them", () => {
    const newer = received(entry(), { seq: 1, rev: 1 }, { seq: 2, rev: 2 });
    const older = roomSummary({ rev: 1, lastSeq: 1, unread: 1 });
    expect(withSummary(newer, older, ALICE).summary).toMatchObject({ rev: 2, unread: 2 });
  });

  test("a name that was told while one was away is taken also from an answer read before newer changes", () => {
    const newer = received(entry(), { seq: 1, rev: 1 }, { seq: 2, rev: 2 }, { seq: 3, rev: 3 });
    const older = roomSummary({ rev: 2, lastSeq: 2, unread: 2, title: "new name", memberCount: 7 });
    const { summary } = withSummary(newer, older, ALICE);
    expect(summary).toMatchObject({ title: "new name", memberCount: 7, rev: 3, unread: 3 });
  });

  test("of two words about its name the later one holds, in whatever order they come", () => {
    const renamed = (title: string, rev: number) => roomSummary({ title, rev });
    const later = withRoom(entry(), renamed("later", 5));
    expect(withRoom(later, renamed("earlier", 4)).summary.title).toBe("later");
    expect(withSummary(later, renamed("earlier", 4), ALICE).summary.title).toBe("later");
    // Of whether one hears of it each word is one's own.
    const muted = { ...renamed("earlier", 4), muted: true };
    expect(withRoom(later, muted).summary).toMatchObject({ title: "later", muted: true });
    expect(withSummary(later, muted, ALICE).summary).toMatchObject({ title: "later", muted: true });
  });

  test("what has been read here stays read though an older answer says otherwise", () => {
    const read = withReadSeq(received(entry(), { seq: 1, rev: 1 }), ALICE, 1, ALICE);
    const older = roomSummary({ rev: 1, lastSeq: 1, unread: 1, readSeq: 0 });
    expect(withSummary(read, older, ALICE).summary).toMatchObject({ unread: 0, readSeq: 1 });
  });

  test("a count is not replaced by one that was made from an older place", () => {
    const nine = entry({ rev: 9, lastSeq: 9, unread: 3, readSeq: 4 });
    const older = roomSummary({ rev: 9, lastSeq: 9, unread: 5, readSeq: 2 });
    expect(withSummary(nine, older, ALICE)).toMatchObject({
      summary: { readSeq: 4, unread: 3 },
      isCounted: true,
    });
    const uncounted = withReadSeq(nine, ALICE, 5, ALICE);
    expect(withSummary(uncounted, older, ALICE)).toMatchObject({
      summary: { readSeq: 5, unread: 4 },
      isCounted: false,
    });
  });

  test("of a restored database everything is taken, also that less has been said and read", () => {
    const three = received(entry(), { seq: 1, rev: 1 }, { seq: 2, rev: 2 }, { seq: 3, rev: 3 });
    const read = withReadSeq(three, ALICE, 3, ALICE);
    const head = 1_000_000_002;
    const said = message({ seq: 2, rev: 2 });
    const restored = roomSummary({
      rev: head,
      lastSeq: 2,
      unread: 1,
      readSeq: 1,
      lastMessage: said,
    });
    expect(withSummary(read, restored, ALICE).summary).toEqual(restored);
    // Of what came while the answer was on its way nothing is forgotten.
    const ahead = received(read, { seq: 3, rev: head + 1 });
    const { summary } = withSummary(ahead, restored, ALICE);
    expect(summary).toMatchObject({ rev: head + 1, lastSeq: 3, unread: 2, readSeq: 1 });
  });

  test("reads move forward only, and others' reads are theirs", () => {
    const three = received(entry(), { seq: 1, rev: 1 }, { seq: 2, rev: 2 }, { seq: 3, rev: 3 });
    const read = withReadSeq(three, ALICE, 2, ALICE);
    expect(read.summary).toMatchObject({ unread: 1, readSeq: 2 });
    expect(withReadSeq(read, ALICE, 1, ALICE).summary.readSeq).toBe(2);
    const others = withReadSeq(read, BOB, 3, ALICE).summary;
    expect(others).toMatchObject({ unread: 1, readSeq: 2 });
    expect(others.members.find(({ userId }) => userId === BOB)?.readSeq).toBe(3);
  });

  test("nor does an answer that was read before them undo others' reads", () => {
    const read = withReadSeq(entry({ lastSeq: 5, rev: 5 }), BOB, 5, ALICE);
    const [alice, bob] = roomSummary().members;
    if (!alice || !bob) throw new Error("two are in it");
    for (const rev of [5, 6]) {
      const answer = roomSummary({ lastSeq: 5, rev, members: [alice, { ...bob, readSeq: 3 }] });
      const { members } = withSummary(read, answer, ALICE).summary;
      expect(members.map(({ readSeq }) => readSeq)).toEqual([0, 5]);
    }
  });

  test("a deleted message is unread no longer; an edited last message is shown as edited", () => {
    const two = received(entry(), { seq: 1, rev: 1 }, { seq: 2, rev: 2 });
    const deleted = received(two, { seq: 1, rev: 3, text: null, deletedAt: 9 });
    expect(deleted.summary).toMatchObject({ unread: 1, lastMessage: { seq: 2, rev: 2 } });
    const edited = received(deleted, { seq: 2, rev: 4, text: "better", editedAt: 9 });
    expect(edited.summary).toMatchObject({
      unread: 1,
      lastSeq: 2,
      lastMessage: { text: "better" },
    });
  });

  test("unread stops at 100", () => {
    const many = Array.from({ length: 120 }, (_, index) => ({ seq: index + 1, rev: index + 1 }));
    expect(received(entry(), ...many).summary.unread).toBe(100);
  });

  test("a head beyond what is held is a gap", () => {
    expect(isBehind(withHead(entry({ rev: 3 }), 4))).toBe(true);
    expect(isBehind(withHead(entry({ rev: 3 }), 3))).toBe(false);
  });

  test("a changed room has its new title and members; what they have read is not undone", () => {
    const read = withReadSeq(entry({ lastSeq: 5 }), BOB, 5, ALICE);
    const room = { ...roomSummary({ title: "new" }), memberCount: 2 };
    const { summary } = withRoom(read, room);
    expect(summary.title).toBe("new");
    expect(summary.members.find(({ userId }) => userId === BOB)?.readSeq).toBe(5);
  });

  test("what one has muted on another device is muted here; others' changes leave it as it is", () => {
    const { muted: _, ...renamed } = roomSummary({ title: "new" });
    const muted = withRoom(entry(), { ...renamed, muted: true });
    expect(muted.summary.muted).toBe(true);
    expect(withRoom(muted, renamed).summary.muted).toBe(true);
    expect(withRoom(muted, { ...renamed, muted: false }).summary.muted).toBe(false);
  });
});
