import type { RoomSummary } from "@moim/protocol";
import { describe, expect, test } from "vitest";
import { MoimError } from "../moim-error.ts";
import { FakeRequests } from "../testing/fake-requests.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { ALICE, message, roomSummary } from "../testing/messages.ts";
import { RoomList } from "./room-list.ts";

/** A room whose last of `lastSeq` messages is from `at`. */
function room(id: string, at: number, given: Partial<RoomSummary> = {}): RoomSummary {
  const lastMessage = message({ roomId: id, seq: 1, rev: 1, createdAt: at });
  return roomSummary({ id, lastSeq: 1, rev: 1, lastMessage, ...given });
}

class Scene {
  readonly clock = new ManualClock();
  readonly requests = new FakeRequests();
  readonly open = new Set<string>();
  readonly list = new RoomList({
    ownUserId: ALICE,
    requests: this.requests,
    clock: this.clock,
    random: () => 0.5,
    openRooms: () => this.open,
    onChanged: () => {},
  });

  get ids(): string[] {
    return this.list.view.current.rooms.map(({ id }) => id);
  }

  async answerList(rooms: RoomSummary[], nextCursor: string | null = null, unreadTotal = 0) {
    const asked = this.requests.take("room:list");
    asked.resolve({ rooms, nextCursor, unreadTotal });
    await settled();
    return asked.request;
  }

  async answerGet(answer: RoomSummary) {
    await this.clock.advance(300);
    const asked = this.requests.take("room:get");
    expect(asked.request.roomId).toBe(answer.id);
    asked.resolve({ room: answer });
    await settled();
  }

  async loaded(rooms: RoomSummary[], nextCursor: string | null = null, unreadTotal = 0) {
    this.list.catchUp();
    await this.answerList(rooms, nextCursor, unreadTotal);
    return this;
  }

  async reads(roomId: string, seq: number) {
    this.list.markRead(roomId, seq);
    await this.clock.advance(300);
    this.requests.take("room:read").resolve({ readSeq: seq, unreadTotal: 0 });
    await settled();
  }

  hears(roomId: string, seq: number, createdAt: number) {
    this.list.receive(roomId, [message({ roomId, seq, rev: seq, createdAt })]);
  }
}

describe("the list of rooms", () => {
  test("a message moves its room to the top and counts as unread", async () => {
    const scene = await new Scene().loaded([room("new", 20), room("old", 10)]);
    expect(scene.ids).toEqual(["new", "old"]);
    scene.hears("old", 2, 30);
    expect(scene.ids).toEqual(["old", "new"]);
    expect(scene.list.view.current.unreadTotal).toBe(1);
  });

  test("a room not held is read, and enters on top", async () => {
    const scene = await new Scene().loaded([room("known", 10)], "more");
    scene.hears("unknown", 7, 30);
    await scene.answerGet(room("unknown", 30, { lastSeq: 7, rev: 7, unread: 1 }));
    expect(scene.ids).toEqual(["unknown", "known"]);
  });

  test("a room one is added to enters, one is removed from leaves", async () => {
    const scene = await new Scene().loaded([room("known", 10)]);
    scene.list.added(room("added", 20));
    await scene.answerGet(room("added", 20));
    expect(scene.ids).toEqual(["added", "known"]);
    scene.list.removed("known");
    expect(scene.ids).toEqual(["added"]);
  });

  test("a room one is out of is not brought back by what was read before", async () => {
    const scene = await new Scene().loaded([room("a", 20), room("b", 10)]);
    scene.hears("b", 5, 30);
    scene.list.catchUp();
    await scene.clock.advance(300);
    const asked = scene.requests.take("room:get");
    scene.list.removed("b");
    const before = room("b", 30, { lastSeq: 5, rev: 5 });
    asked.resolve({ room: before });
    await scene.answerList([before, room("a", 20)]);
    expect(scene.ids).toEqual(["a"]);
    await scene.clock.advance(0);
    scene.requests.take("room:get").reject(new MoimError("not_found", "no such room"));
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
    expect(scene.ids).toEqual(["a"]);
  });

  test("a room one is in again comes back though an answer of before is on its way", async () => {
    const scene = await new Scene().loaded([room("a", 20), room("b", 10)], "next");
    scene.hears("b", 5, 30);
    scene.list.catchUp();
    await scene.clock.advance(300);
    const asked = scene.requests.take("room:get");
    scene.list.removed("b");
    const again = room("b", 40, { lastSeq: 7, rev: 7 });
    scene.list.added(again);
    asked.resolve({ room: room("b", 30, { lastSeq: 5, rev: 5 }) });
    await scene.answerList([again, room("a", 20)], "next");
    expect(scene.ids).toEqual(["a"]);
    await scene.answerGet(again);
    expect(scene.ids).toEqual(["b", "a"]);
    expect(scene.list.get("b")).toMatchObject({ lastSeq: 7 });
  });

  test("a room one is in again stays though it was not found before, and the list is older", async () => {
    const scene = await new Scene().loaded([room("a", 20)], "next");
    scene.list.catchUp();
    scene.hears("b", 5, 30);
    await scene.clock.advance(0);
    const asked = scene.requests.take("room:get");
    scene.list.removed("b");
    scene.list.added(room("b", 40));
    asked.reject(new MoimError("not_found", "no such room"));
    await settled();
    await scene.answerGet(room("b", 40, { lastSeq: 7, rev: 7 }));
    await scene.answerList([room("a", 20)], "next");
    expect(scene.ids).toEqual(["b", "a"]);
  });

  test("a room that the list no longer reaches comes back with the page that has it", async () => {
    const scene = await new Scene().loaded([room("a", 20)], "next");
    const more = scene.list.loadMore();
    const page = scene.requests.take("room:list");
    scene.list.ensure("b");
    await scene.answerGet(room("b", 10));
    scene.list.catchUp();
    page.resolve({ rooms: [room("b", 10)], nextCursor: null, unreadTotal: 0 });
    await more;
    expect(scene.ids).toEqual(["a", "b"]);
  });

  test("a further page that was asked for before the list was read anew is not taken for the next one", async () => {
    const scene = await new Scene().loaded([room("a", 20), room("b", 10)], "after b");
    const more = scene.list.loadMore();
    const page = scene.requests.take("room:list");
    await scene.loaded([room("c", 40), room("d", 30)], "after d");
    page.resolve({ rooms: [], nextCursor: null, unreadTotal: 0 });
    await settled();
    expect(scene.list.view.current).toMatchObject({ hasMore: true, loadingMore: true });
    const asked = await scene.answerList([room("a", 20), room("b", 10)]);
    await more;
    expect(asked.cursor).toBe("after d");
    expect(scene.ids).toEqual(["c", "d", "a", "b"]);
    expect(scene.list.view.current).toMatchObject({ hasMore: false, loadingMore: false });
  });

  test("a direct room is listed from its first message on", async () => {
    const scene = await new Scene().loaded([]);
    scene.list.ensure("direct");
    const empty = { kind: "direct", lastMessage: null, lastSeq: 0, rev: 0 } as const;
    await scene.answerGet(room("direct", 0, empty));
    expect(scene.ids).toEqual([]);
    scene.hears("direct", 1, 30);
    expect(scene.ids).toEqual(["direct"]);
  });

  test("unread messages further back than the list reaches count in the total", async () => {
    const scene = await new Scene().loaded([room("a", 20, { unread: 2 })], "next", 7);
    expect(scene.list.view.current).toMatchObject({ unreadTotal: 7, hasMore: true });
    scene.list.markRead("a", 1);
    expect(scene.list.view.current.unreadTotal).toBe(5);
    const more = scene.list.loadMore();
    expect(scene.list.view.current.loadingMore).toBe(true);
    const asked = await scene.answerList([room("b", 10, { unread: 5 })], null, 5);
    await more;
    expect(asked.cursor).toBe("next");
    expect(scene.list.view.current).toMatchObject({ unreadTotal: 5, hasMore: false });
    expect(scene.ids).toEqual(["a", "b"]);
  });

  test("unread messages of a room that comes into the list are not counted twice", async () => {
    const scene = await new Scene().loaded([room("a", 20)], "next", 5);
    scene.hears("b", 6, 30);
    await scene.answerGet(room("b", 30, { lastSeq: 6, rev: 6, unread: 4 }));
    expect(scene.list.view.current.unreadTotal).toBe(6);
    scene.list.markRead("b", 6);
    expect(scene.list.view.current.unreadTotal).toBe(2);
  });

  test("a room further back that is read no longer counts in the total", async () => {
    const scene = await new Scene().loaded([room("a", 20)], "next", 5);
    scene.open.add("b");
    scene.list.ensure("b");
    await scene.answerGet(room("b", 10, { lastSeq: 3, rev: 3, unread: 3 }));
    expect(scene.list.view.current.unreadTotal).toBe(5);
    scene.list.markRead("b", 3);
    expect(scene.list.view.current.unreadTotal).toBe(2);
    expect(scene.ids).toEqual(["a"]);
  });

  test("what has been read here before the server knew of it is not among what is unread further back", async () => {
    const scene = await new Scene().loaded([room("a", 20, { unread: 1 })], "next", 5);
    scene.list.markRead("a", 1);
    await scene.loaded([room("a", 20, { unread: 1 })], "next", 5);
    expect(scene.list.view.current.unreadTotal).toBe(4);
  });

  test("a room that the list no longer reaches still counts in the total", async () => {
    const scene = await new Scene().loaded([room("a", 20), room("b", 10, { unread: 3 })], "b", 5);
    await scene.loaded([room("c", 30), room("a", 20)], "b", 5);
    expect(scene.ids).toEqual(["c", "a"]);
    expect(scene.list.view.current.unreadTotal).toBe(5);
  });

  test("a room that was left while away counts no longer in the total", async () => {
    const scene = await new Scene().loaded([room("a", 20, { unread: 9 }), room("b", 10)], "c", 9);
    await scene.loaded([room("b", 10), room("c", 9)], "d", 2);
    expect(scene.ids).toEqual(["b", "c"]);
    expect(scene.list.view.current.unreadTotal).toBe(2);
  });

  test("after a reconnect rooms left meanwhile are gone, and those heard of meanwhile stay", async () => {
    const scene = await new Scene().loaded([room("left", 20), room("stays", 10)]);
    scene.list.catchUp();
    scene.hears("fresh", 1, 30);
    await scene.answerGet(room("fresh", 30));
    await scene.answerList([room("stays", 10)]);
    expect(scene.ids).toEqual(["fresh", "stays"]);
  });

  test("changes heard while the list is on its way are not undone by it", async () => {
    const scene = await new Scene().loaded([room("a", 10)]);
    scene.list.catchUp();
    scene.hears("a", 2, 30);
    await scene.answerList([room("a", 10)]);
    expect(scene.list.get("a")).toMatchObject({ lastSeq: 2, unread: 1 });
  });

  test("a room in which something is said between two pages stands in neither, and stays", async () => {
    const scene = await new Scene().loaded([room("a", 20), room("b", 10), room("c", 9)], "next");
    scene.list.catchUp();
    await scene.answerList([room("a", 20)], "second");
    scene.hears("c", 2, 40);
    scene.hears("b", 5, 30);
    await scene.answerList([room("d", 8), room("e", 7)], "third");
    expect(scene.ids).toEqual(["c", "a", "b", "d", "e"]);
    await scene.clock.advance(300);
    const asked = [scene.requests.take("room:get"), scene.requests.take("room:get")];
    expect(asked.map(({ request }) => request.roomId).sort()).toEqual(["b", "c"]);
    const answers = [room("c", 40, { lastSeq: 2, rev: 2 }), room("b", 30, { lastSeq: 5, rev: 5 })];
    for (const { request, resolve } of asked) {
      resolve({ room: answers.find(({ id }) => id === request.roomId) });
    }
    await settled();
    expect(scene.ids).toEqual(["c", "b", "a", "d", "e"]);
  });

  test("such a room is read by itself: what was missed of it while away is in no page", async () => {
    const scene = await new Scene().loaded([room("a", 20), room("b", 10)], "next");
    scene.list.catchUp();
    expect(scene.list.isCurrent("b")).toBe(false);
    scene.hears("b", 2, 40);
    await scene.answerList([room("c", 30), room("a", 20)], "next");
    await scene.answerGet(room("b", 40, { lastSeq: 2, rev: 2, readSeq: 1, muted: true }));
    expect(scene.ids).toEqual(["b", "c", "a"]);
    expect(scene.list.get("b")).toMatchObject({ readSeq: 1, muted: true });
    expect(scene.list.isCurrent("b")).toBe(true);
  });

  test("a room further back that is known to be ahead enters where it is newer than the oldest listed", async () => {
    const scene = await new Scene().loaded([room("a", 20), room("b", 10)], "next");
    scene.list.head("newer", 5);
    await scene.answerGet(room("newer", 30, { lastSeq: 5, rev: 5 }));
    scene.list.head("older", 5);
    await scene.answerGet(room("older", 5, { lastSeq: 4, rev: 5 }));
    expect(scene.ids).toEqual(["newer", "a", "b"]);
  });

  test("a room enters that has moved in front of where the list was read to, though all listed are newer", async () => {
    const scene = await new Scene().loaded([room("a", 20)], "next");
    scene.hears("a", 2, 50);
    scene.list.head("b", 5);
    await scene.answerGet(room("b", 30, { lastSeq: 5, rev: 5 }));
    expect(scene.ids).toEqual(["a", "b"]);
  });

  test("deliveries missed while the list is on its way: it is read again", async () => {
    const scene = new Scene();
    scene.list.catchUp();
    scene.list.catchUp();
    await scene.answerList([room("a", 10)]);
    await scene.answerList([room("b", 20), room("a", 10)]);
    expect(scene.ids).toEqual(["b", "a"]);
    expect(scene.requests.asked).toEqual([]);
  });

  test("a gap is closed by reading the room, once", async () => {
    const scene = await new Scene().loaded([room("a", 10)]);
    scene.hears("a", 4, 30);
    scene.hears("a", 5, 31);
    await scene.answerGet(room("a", 30, { lastSeq: 5, rev: 5, unread: 4 }));
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
    expect(scene.list.get("a")).toMatchObject({ lastSeq: 5, unread: 4 });
  });

  test("a mute is not undone by a list that was read before it", async () => {
    const scene = await new Scene().loaded([room("a", 20), room("b", 10)]);
    scene.list.catchUp();
    scene.list.muted("a", true);
    scene.list.changed(room("b", 10, { muted: true }));
    await scene.answerList([room("a", 20), room("b", 10, { muted: true })]);
    expect(scene.list.view.current.rooms.map(({ muted }) => muted)).toEqual([true, true]);
    await scene.answerGet(room("a", 20, { muted: true }));
    expect(scene.list.get("a")).toMatchObject({ muted: true });
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test("a mute is not undone by an old list that comes after a newer answer", async () => {
    const scene = await new Scene().loaded([room("a", 20)]);
    scene.list.catchUp();
    scene.list.changed(room("a", 20, { muted: true }));
    scene.list.head("a", 2);
    await scene.answerGet(room("a", 20, { rev: 2, muted: true }));
    await scene.answerList([room("a", 20)]);
    expect(scene.list.get("a")).toMatchObject({ muted: true });
    await scene.answerGet(room("a", 20, { rev: 2, muted: true }));
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test("a mute of which only the server's own list knows is taken", async () => {
    const scene = await new Scene().loaded([room("a", 20)]);
    scene.list.muted("a", true);
    await scene.loaded([room("a", 20, { muted: false })]);
    expect(scene.list.get("a")).toMatchObject({ muted: false });
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test("a list that cannot be had is asked for again", async () => {
    const scene = new Scene();
    scene.list.catchUp();
    scene.requests.take("room:list").reject(new MoimError("unavailable", "no database"));
    await scene.clock.advance(500);
    await scene.answerList([room("a", 10)]);
    expect(scene.list.view.current.state).toBe("ready");
  });
});

describe("reading", () => {
  test("is told once for many, debounced, forward only", async () => {
    const scene = await new Scene().loaded([room("a", 10, { lastSeq: 9, rev: 9, unread: 9 })]);
    for (const seq of [3, 9, 5]) scene.list.markRead("a", seq);
    expect(scene.list.get("a")).toMatchObject({ readSeq: 9, unread: 0 });
    await scene.clock.advance(299);
    expect(scene.requests.asked).toEqual([]);
    await scene.clock.advance(1);
    expect(scene.requests.take("room:read").request).toEqual({ roomId: "a", seq: 9 });
    expect(scene.requests.asked).toEqual([]);
  });

  test("is told forward only, also of a room that is not known yet", async () => {
    const scene = new Scene();
    scene.list.markRead("unknown", 5);
    scene.list.markRead("unknown", 3);
    await scene.clock.advance(300);
    const asked = scene.requests.take("room:read");
    expect(asked.request).toEqual({ roomId: "unknown", seq: 5 });
    asked.resolve({ readSeq: 5, unreadTotal: 0 });
    await settled();
    scene.list.markRead("unknown", 4);
    await scene.clock.advance(300);
    expect(scene.requests.asked).toEqual([]);
  });

  test("in one room is told though another room's mark waits for a server that asked to wait", async () => {
    const scene = await new Scene().loaded([room("a", 10, { unread: 1 }), room("b", 10)]);
    scene.list.markRead("a", 1);
    await scene.clock.advance(300);
    const busy = new MoimError("rate_limited", "slowly", { retryAfterMs: 20_000 });
    scene.requests.take("room:read").reject(busy);
    await settled();
    scene.list.markRead("b", 1);
    await scene.clock.advance(300);
    expect(scene.requests.take("room:read").request).toEqual({ roomId: "b", seq: 1 });
    await scene.clock.advance(19_000);
    expect(scene.requests.asked).toEqual([]);
    await scene.clock.advance(1_000);
    expect(scene.requests.take("room:read").request).toEqual({ roomId: "a", seq: 1 });
  });

  test("is told though the clock has been set back meanwhile", async () => {
    const scene = await new Scene().loaded([room("a", 10, { lastSeq: 2, rev: 2, unread: 2 })]);
    scene.list.markRead("a", 1);
    scene.clock.adjust(-3_600_000);
    await scene.clock.advance(300);
    const busy = new MoimError("rate_limited", "slowly", { retryAfterMs: 2_000 });
    scene.requests.take("room:read").reject(busy);
    await settled();
    scene.clock.adjust(-3_600_000);
    scene.list.markRead("a", 2);
    await scene.clock.advance(1_999);
    expect(scene.requests.asked).toEqual([]);
    await scene.clock.advance(1);
    expect(scene.requests.take("room:read").request).toEqual({ roomId: "a", seq: 2 });
  });

  test("is told by nobody who has stopped", async () => {
    const scene = await new Scene().loaded([room("a", 10, { unread: 1 }), room("b", 10)]);
    scene.list.markRead("a", 1);
    await scene.clock.advance(300);
    scene.list.markRead("b", 1);
    scene.list.stop();
    scene.requests.take("room:read").reject(new MoimError("unavailable", "no answer"));
    await scene.clock.advance(60_000);
    expect(scene.requests.asked).toEqual([]);
    expect(scene.clock.timersWaiting).toBe(0);
  });

  test("offline is told after the reconnect", async () => {
    const scene = await new Scene().loaded([room("a", 10, { unread: 1 })]);
    scene.requests.ready = false;
    scene.list.markRead("a", 1);
    await scene.clock.advance(5_000);
    scene.requests.ready = true;
    scene.list.catchUp();
    await scene.clock.advance(0);
    expect(scene.requests.take("room:read").request).toEqual({ roomId: "a", seq: 1 });
  });

  test("is told anew after a reconnect: a restored database knows nothing of it", async () => {
    const scene = await new Scene().loaded([room("a", 10, { lastSeq: 3, rev: 3, unread: 3 })]);
    scene.list.markRead("a", 3);
    await scene.clock.advance(300);
    scene.requests.take("room:read").resolve({ readSeq: 3, unreadTotal: 0 });
    await settled();
    const rev = 1_000_000_002;
    await scene.loaded([room("a", 10, { lastSeq: 2, rev, unread: 2, readSeq: 0 })]);
    expect(scene.list.get("a")).toMatchObject({ unread: 2, readSeq: 0 });
    scene.list.markRead("a", 2);
    await scene.clock.advance(300);
    expect(scene.requests.take("room:read").request).toEqual({ roomId: "a", seq: 2 });
  });

  const hasNine = { lastSeq: 9, rev: 9, unread: 9 };

  test("a part of a room has the rest counted by the server", async () => {
    const scene = await new Scene().loaded([room("a", 10, hasNine)]);
    await scene.reads("a", 4);
    expect(scene.list.get("a")).toMatchObject({ readSeq: 4, unread: 5 });
    await scene.answerGet(room("a", 10, { ...hasNine, readSeq: 4, unread: 3 }));
    expect(scene.list.get("a")).toMatchObject({ readSeq: 4, unread: 3 });
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test("a count that was made before something was said is made again", async () => {
    const scene = await new Scene().loaded([room("a", 10, hasNine)]);
    await scene.reads("a", 4);
    scene.hears("a", 10, 30);
    await scene.answerGet(room("a", 10, { ...hasNine, readSeq: 4, unread: 3 }));
    await scene.answerGet(room("a", 30, { lastSeq: 10, rev: 10, readSeq: 4, unread: 4 }));
    expect(scene.list.get("a")).toMatchObject({ lastSeq: 10, readSeq: 4, unread: 4 });
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test("a list that was read before the server knew what has been read is not believed its count", async () => {
    const scene = await new Scene().loaded([room("a", 10, hasNine)]);
    scene.list.markRead("a", 9);
    scene.list.catchUp();
    await scene.clock.advance(300);
    scene.requests.take("room:read").resolve({ readSeq: 9, unreadTotal: 0 });
    await settled();
    const older = { lastSeq: 14, rev: 14, unread: 12, readSeq: 0 };
    await scene.answerList([room("a", 40, older)]);
    await scene.answerGet(room("a", 40, { ...older, readSeq: 9, unread: 3 }));
    expect(scene.list.get("a")).toMatchObject({ lastSeq: 14, readSeq: 9, unread: 3 });
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test("on another device, heard of in an answer that is older than what was said since, is counted anew", async () => {
    const scene = await new Scene().loaded([room("a", 10, hasNine)]);
    scene.list.catchUp();
    scene.hears("a", 10, 30);
    await scene.answerList([room("a", 10, { ...hasNine, readSeq: 6, unread: 1 })]);
    expect(scene.list.get("a")).toMatchObject({ lastSeq: 10, readSeq: 6 });
    await scene.answerGet(room("a", 30, { lastSeq: 10, rev: 10, readSeq: 6, unread: 2 }));
    expect(scene.list.get("a")).toMatchObject({ lastSeq: 10, readSeq: 6, unread: 2 });
  });

  test("on another device, heard of before the first list, is not undone by it", async () => {
    const scene = new Scene();
    scene.list.catchUp();
    scene.list.read({ roomId: "a", userId: ALICE, seq: 9 });
    scene.list.read({ roomId: "b", userId: ALICE, seq: 4 });
    await scene.answerList([room("a", 20, hasNine), room("b", 10, hasNine)]);
    expect(scene.list.get("a")).toMatchObject({ readSeq: 9, unread: 0 });
    expect(scene.list.get("b")).toMatchObject({ readSeq: 4, unread: 5 });
    await scene.answerGet(room("b", 10, { ...hasNine, readSeq: 4, unread: 3 }));
    expect(scene.list.view.current.unreadTotal).toBe(3);
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test("last time, which the server was never told of, is told, and the rest is counted", async () => {
    const scene = new Scene();
    const read = room("a", 10, { ...hasNine, readSeq: 4, unread: 5 });
    scene.list.remember({ rooms: [read], unreadTotal: 5 });
    await scene.loaded([room("a", 10, { ...hasNine, readSeq: 0, unread: 7 })]);
    await scene.clock.advance(300);
    const asked = scene.requests.take("room:read");
    expect(asked.request).toEqual({ roomId: "a", seq: 4 });
    asked.resolve({ readSeq: 4, unreadTotal: 3 });
    await settled();
    await scene.answerGet(room("a", 10, { ...hasNine, readSeq: 4, unread: 3 }));
    expect(scene.list.get("a")).toMatchObject({ readSeq: 4, unread: 3 });
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test("is told once, also where a list comes that was read before", async () => {
    const scene = await new Scene().loaded([room("a", 10, hasNine)]);
    scene.list.markRead("a", 9);
    await scene.clock.advance(300);
    const asked = scene.requests.take("room:read");
    await scene.loaded([room("a", 10, hasNine)]);
    await scene.clock.advance(300);
    asked.resolve({ readSeq: 9, unreadTotal: 0 });
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
    expect(scene.list.get("a")).toMatchObject({ readSeq: 9, unread: 0 });
  });

  test("more than a restored database knows of does not have the room counted for ever", async () => {
    const scene = await new Scene().loaded([room("a", 10, hasNine)]);
    await scene.reads("a", 4);
    const restored = room("a", 40, { lastSeq: 12, rev: 12, unread: 12, readSeq: 0 });
    await scene.answerGet(restored);
    await scene.answerGet(restored);
    await scene.clock.advance(60_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test("on another device clears the count here", async () => {
    const scene = await new Scene().loaded([room("a", 10, { unread: 1 })]);
    scene.list.read({ roomId: "a", userId: ALICE, seq: 1 });
    expect(scene.list.view.current.unreadTotal).toBe(0);
  });

  test("a room that was opened without a network, beyond the list's reach, is read with the next one", async () => {
    const scene = new Scene();
    scene.requests.ready = false;
    scene.open.add("far back");
    scene.list.ensure("far back");
    await scene.clock.advance(1);
    scene.requests.ready = true;
    await scene.loaded([room("known", 10)], "more");
    await scene.answerGet(room("far back", 1));
    expect(scene.list.get("far back")?.id).toBe("far back");
    expect(scene.ids).toEqual(["known"]);
  });
});
