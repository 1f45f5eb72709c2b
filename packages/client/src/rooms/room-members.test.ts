import type { Member } from "@moim/protocol";
import { describe, expect, test } from "vitest";
import { MoimError } from "../moim-error.ts";
import { FakeRequests } from "../testing/fake-requests.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { ALICE, BOB, message, ROOM_ID, roomSummary } from "../testing/messages.ts";
import { RoomMembers } from "./room-members.ts";

const member = (userId: string, readSeq = 0): Member => ({
  userId,
  role: "member",
  readSeq,
  joinedAt: 0,
});

class Scene {
  readonly clock = new ManualClock();
  readonly requests = new FakeRequests();
  readonly members = new RoomMembers({
    roomId: ROOM_ID,
    requests: this.requests,
    clock: this.clock,
    random: () => 0.5,
  });

  async answer(members: Member[], nextCursor: string | null = null) {
    const asked = this.requests.take("room:members");
    asked.resolve({ members, nextCursor });
    await settled();
    return asked.request;
  }

  get readSeqs() {
    return Object.fromEntries(
      this.members.current.members.map(({ userId, readSeq }) => [userId, readSeq]),
    );
  }
}

describe("all members of a room", () => {
  test("are asked for once somebody looks, page by page", async () => {
    const scene = new Scene();
    scene.members.catchUp();
    expect(scene.requests.asked).toEqual([]);
    scene.members.subscribe(() => {});
    scene.members.subscribe(() => {});
    await scene.answer([member(ALICE)], "next");
    expect(scene.members.current).toEqual({ state: "loading", members: [] });
    expect(await scene.answer([member(BOB)])).toMatchObject({ cursor: "next" });
    expect(scene.members.current).toEqual({
      state: "ready",
      members: [member(ALICE), member(BOB)],
    });
    expect(scene.requests.asked).toEqual([]);
  });

  test("have read as far as was heard last, also while pages are on their way", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    scene.members.read({ userId: BOB, seq: 7 });
    await scene.answer([member(ALICE), member(BOB, 5)]);
    expect(scene.readSeqs).toEqual({ [ALICE]: 0, [BOB]: 7 });
    scene.members.read({ userId: BOB, seq: 6 });
    const notice = { kind: "notice", text: null, notice: { type: "renamed", title: "x" } } as const;
    scene.members.receive([message({ seq: 12, rev: 12, senderId: BOB, ...notice })]);
    scene.members.receive([message({ seq: 9, rev: 9, senderId: BOB })]);
    expect(scene.readSeqs).toEqual({ [ALICE]: 0, [BOB]: 9 });
  });

  test("change with the room: a small one says who is in it, a large one is read anew", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    await scene.answer([member(ALICE), member(BOB, 5)]);
    scene.members.changed(roomSummary({ members: [member(BOB, 1)], memberCount: 1 }));
    expect(scene.members.current.members).toEqual([member(BOB, 5)]);
    expect(scene.requests.asked).toEqual([]);
    scene.members.changed(roomSummary({ members: [member(BOB)], memberCount: 300 }));
    await scene.answer([member(ALICE), member(BOB)]);
    expect(scene.readSeqs).toEqual({ [ALICE]: 0, [BOB]: 5 });
  });

  test("are those of the latest word, in whatever order words come", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    await scene.answer([member(ALICE), member(BOB)]);
    const word = (rev: number, ...ids: string[]) =>
      roomSummary({ rev, members: ids.map((id) => member(id)), memberCount: ids.length });
    scene.members.changed(word(5, ALICE));
    scene.members.changed(word(4, ALICE, BOB));
    expect(Object.keys(scene.readSeqs)).toEqual([ALICE]);
    scene.members.changed({ ...word(4, BOB), memberCount: 300 });
    expect(scene.requests.asked).toEqual([]);
    scene.members.changed(word(6, ALICE, BOB));
    expect(Object.keys(scene.readSeqs)).toEqual([ALICE, BOB]);
    // Nothing of what was known holds for who comes back.
    scene.members.gone();
    scene.members.changed(word(3, BOB));
    expect(Object.keys(scene.readSeqs)).toEqual([BOB]);
  });

  test("are read anew where the room is said to be further than the last word about them", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    await scene.answer([member(ALICE), member(BOB)]);
    scene.members.changed(roomSummary({ rev: 5, memberCount: 1, members: [member(ALICE)] }));
    scene.members.head(5);
    await scene.clock.advance(10_000);
    expect(scene.requests.asked).toEqual([]);
    scene.members.head(6);
    await scene.clock.advance(3_000);
    await scene.answer([{ ...member(ALICE), role: "owner" }]);
    expect(scene.members.current.members).toEqual([{ ...member(ALICE), role: "owner" }]);
    // What was said before that is older than what was read.
    scene.members.changed(roomSummary({ rev: 5, memberCount: 1, members: [member(ALICE)] }));
    expect(scene.members.current.members).toEqual([{ ...member(ALICE), role: "owner" }]);
  });

  test("are read once in some seconds, however often the room is said to be further", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    await scene.answer([member(ALICE)]);
    for (let rev = 1; rev <= 100; rev++) {
      scene.members.head(rev);
      scene.members.head(rev);
      await scene.clock.advance(10);
    }
    expect(scene.requests.asked).toEqual([]);
    await scene.clock.advance(3_000);
    await scene.answer([member(ALICE), member(BOB)]);
    await scene.clock.advance(60_000);
    expect(scene.requests.asked).toEqual([]);
    expect(Object.keys(scene.readSeqs)).toEqual([ALICE, BOB]);
  });

  test("are read once in some seconds also where the room moves on while they are on their way", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    for (let rev = 1; rev <= 10; rev++) {
      scene.members.head(rev);
      await scene.answer([member(ALICE)]);
      expect(scene.requests.asked).toEqual([]);
      await scene.clock.advance(3_000);
    }
  });

  test("are followed also after they could not be had once, and a word came with all of them", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    scene.requests.take("room:members").reject(new MoimError("unavailable", "no answer"));
    await settled();
    scene.members.changed(roomSummary({ rev: 5, memberCount: 1, members: [member(ALICE)] }));
    await scene.clock.advance(60_000);
    expect(scene.requests.asked).toEqual([]);
    scene.members.head(6);
    await scene.clock.advance(3_000);
    await scene.answer([member(ALICE), member(BOB)]);
    expect(Object.keys(scene.readSeqs)).toEqual([ALICE, BOB]);
  });

  test("are not read where a later word came with all of them before it was time", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    await scene.answer([member(ALICE)]);
    scene.members.head(6);
    scene.members.changed(roomSummary({ rev: 6, memberCount: 1, members: [member(BOB)] }));
    await scene.clock.advance(60_000);
    expect(scene.requests.asked).toEqual([]);
    expect(Object.keys(scene.readSeqs)).toEqual([BOB]);
  });

  test("who came while pages were on their way are among them", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    scene.members.changed(roomSummary({ members: [member(BOB)], memberCount: 300 }));
    await scene.answer([member(ALICE)]);
    await scene.answer([member(ALICE), member(BOB)]);
    expect(Object.keys(scene.readSeqs)).toEqual([ALICE, BOB]);
  });

  test("that cannot be had are asked for again, and with the next connection", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    scene.requests.take("room:members").reject(new MoimError("unavailable", "no answer"));
    await scene.clock.advance(500);
    scene.requests.ready = false;
    scene.requests.cut();
    await scene.clock.advance(60_000);
    scene.requests.ready = true;
    scene.members.catchUp();
    await scene.answer([member(ALICE)]);
    expect(scene.members.current.state).toBe("ready");
  });

  test("of a room one is no longer in are nobody's business", async () => {
    const scene = new Scene();
    scene.members.subscribe(() => {});
    await scene.answer([member(ALICE), member(BOB)]);
    scene.members.gone();
    expect(scene.members.current).toEqual({ state: "failed", members: [] });
  });
});
