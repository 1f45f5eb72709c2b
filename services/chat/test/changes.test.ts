import { randomUUID } from "node:crypto";
import { LIMITS, TEXT_LIMITS } from "@moim/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Follower } from "./support/follower.ts";
import { at, startWorld, type World } from "./support/nodes.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ nodes: 2 });
});
afterAll(() => world.close());

/** A group of three on two nodes with one message, `seq` 2, by the owner. */
async function said(text = "first") {
  const group = await world.group(3);
  const message = await at(group.clients, 0).send(group.roomId, text);
  const [owner, member, other] = group.clients;
  if (!owner || !member || !other) throw new Error("a group of three");
  await member.change(group.roomId, 2);
  return { ...group, owner, member, other, message };
}

describe("an edit", () => {
  it("is the room's next change, on every node, and the message keeps its place", async () => {
    const { roomId, owner, member, message } = await said();
    const { message: edited } = await owner.get("message:edit", { roomId, seq: 2, text: "better" });
    expect(edited).toEqual({ ...message, text: "better", rev: 3, editedAt: expect.any(Number) });
    expect(await member.change(roomId, 3)).toEqual(edited);
  });

  it("to the same text changes nothing and no rev", async () => {
    const { roomId, owner, message } = await said();
    expect(await owner.get("message:edit", { roomId, seq: 2, text: "first" })).toEqual({ message });
    expect((await owner.get("room:get", { roomId })).room.rev).toBe(2);
  });

  it("is its author's alone, not of a notice, not of what is deleted or not there", async () => {
    const { roomId, owner, member } = await said();
    const edit = { roomId, seq: 2, text: "mine" };
    expect(await member.refused("message:edit", edit)).toBe("forbidden");
    expect(await owner.refused("message:edit", { ...edit, seq: 1 })).toBe("forbidden");
    expect(await owner.refused("message:edit", { ...edit, seq: 9 })).toBe("not_found");
    await owner.get("message:delete", { roomId, seq: 2 });
    expect(await owner.refused("message:edit", edit)).toBe("conflict");
    const stranger = await world.connect(world.issuer.newUser());
    expect(await stranger.refused("message:edit", edit)).toBe("not_found");
  });
});

describe("a deletion", () => {
  it("erases text and reactions at rest and leaves the place", async () => {
    const { roomId, owner, member, message } = await said("to be erased");
    await member.get("message:react", { roomId, seq: 2, emoji: "👍", on: true });
    const { message: deleted } = await owner.get("message:delete", { roomId, seq: 2 });
    const erased = { text: null, reactions: [], rev: 4, deletedAt: expect.any(Number) };
    expect(deleted).toEqual({ ...message, ...erased });
    expect(await member.change(roomId, 4)).toEqual(deleted);
    const { rows } = await world.pool.query(
      "SELECT text, reactions FROM chat.messages WHERE room_id = $1 AND seq = 2",
      [roomId],
    );
    expect(rows).toEqual([{ text: null, reactions: [] }]);
    // Again: nothing changes. And it makes nobody unread any more.
    expect((await owner.get("message:delete", { roomId, seq: 2 })).message).toEqual(deleted);
    expect((await member.get("room:get", { roomId })).room).toMatchObject({ unread: 0, rev: 4 });
  });

  it("is the author's or the room owner's", async () => {
    const { roomId, owner, member, other } = await said();
    const { seq } = await member.send(roomId, "by a member");
    expect(await other.refused("message:delete", { roomId, seq })).toBe("forbidden");
    expect((await owner.get("message:delete", { roomId, seq })).message.text).toBeNull();
  });
});

describe("a reaction", () => {
  it("is counted once per user and emoji, and taken back", async () => {
    const { roomId, users, owner, member } = await said();
    const react = (on: boolean, emoji = "👩‍👩‍👧") => ({ roomId, seq: 2, emoji, on });
    await owner.get("message:react", react(true));
    await member.get("message:react", react(true));
    const { message } = await member.get("message:react", react(true));
    const both = [at(users, 0).userId, at(users, 1).userId];
    expect(message.reactions).toEqual([{ emoji: "👩‍👩‍👧", userIds: both }]);
    expect(message.rev).toBe(4);
    await owner.get("message:react", react(false));
    const { message: last } = await member.get("message:react", react(false));
    expect(last).toMatchObject({ reactions: [], rev: 6 });
    expect(await member.get("message:react", react(false, "🎉"))).toEqual({ message: last });
  });

  it("by many at once loses none, and rev has no gaps", async () => {
    const { roomId, clients } = await world.group(8);
    const followers = clients.map((client) => new Follower(client, roomId));
    await at(clients, 0).send(roomId, "react to me");
    await Promise.all(
      clients.map((client) =>
        client.get("message:react", { roomId, seq: 2, emoji: "❤️", on: true }),
      ),
    );
    const { messages, rev } = await at(clients, 1).get("message:page", { roomId });
    expect(messages.at(-1)?.reactions.at(0)?.userIds).toHaveLength(8);
    expect(rev).toBe(10);
    await Promise.all(followers.map((follower) => follower.expectAll(10)));
  });

  it.each(["", "  ", "ab", "👍👍", "\u200b", "e".concat("\u0301".repeat(20))])(
    "that is not one grapheme of at most 32 bytes is refused: %j",
    async (emoji) => {
      const { roomId, owner } = await said();
      const request = { roomId, seq: 2, emoji, on: true };
      expect(await owner.refused("message:react", request)).toBe("bad_request");
    },
  );

  it("of a further kind is refused when a message has its fill", async () => {
    const { roomId, owner, member } = await said();
    const reactions = Array.from({ length: LIMITS.reactionEmojis }, (_, index) => ({
      emoji: String.fromCodePoint(0x1f600 + index),
      userIds: [randomUUID()],
    }));
    await world.pool.query(
      "UPDATE chat.messages SET reactions = $2 WHERE room_id = $1 AND seq = 2",
      [roomId, JSON.stringify(reactions)],
    );
    const one = { roomId, seq: 2, on: true };
    expect(await owner.refused("message:react", { ...one, emoji: "🧩" })).toBe("too_large");
    expect(await member.refused("message:react", { ...one, emoji: "😀" })).toBe("nothing");
  });
});

describe("all reactions of a message together", () => {
  it("are bounded too; taking one back makes room", async () => {
    const { roomId, owner, member, users } = await said();
    const userIds = Array.from({ length: LIMITS.reactions / 2 }, () => randomUUID());
    const reactions = [
      { emoji: "👍", userIds: [at(users, 0).userId, ...userIds.slice(1)] },
      { emoji: "🎉", userIds },
    ];
    await world.pool.query(
      "UPDATE chat.messages SET reactions = $2 WHERE room_id = $1 AND seq = 2",
      [roomId, JSON.stringify(reactions)],
    );
    const one = { roomId, seq: 2, emoji: "👍" };
    expect(await member.refused("message:react", { ...one, on: true })).toBe("too_large");
    expect(await owner.refused("message:react", { ...one, on: true })).toBe("nothing");
    expect(await owner.refused("message:react", { ...one, on: false })).toBe("nothing");
    expect(await member.refused("message:react", { ...one, on: true })).toBe("nothing");
  });
});

describe("what was said before somebody joined", () => {
  it("stays hidden from them when it changes; they learn of the rev alone", async () => {
    const { roomId, owner } = await said("secret");
    const guest = world.issuer.newUser();
    const guestClient = await world.connect(guest, 1);
    await owner.get("room:invite", { roomId, userIds: [guest.userId] });
    await guestClient.change(roomId, 3);
    await owner.get("message:edit", { roomId, seq: 2, text: "still secret" });
    expect(await guestClient.next("room:head")).toEqual({ roomId, rev: 4 });
    expect(guestClient.changes(roomId).map((change) => change.seq)).toEqual([3]);
    const { rooms } = await guestClient.get("room:sync", { rooms: [{ roomId, rev: 3 }] });
    expect(rooms).toEqual([{ roomId, rev: 4, changes: [], more: false, reset: false }]);
    for (const event of ["message:edit", "message:delete", "message:react"]) {
      const request = { roomId, seq: 2, text: "x", emoji: "👍", on: true };
      expect(await guestClient.refused(event, request)).toBe("not_found");
    }
  });

  it("is edited history for the others: room:sync brings it with what is new", async () => {
    const { roomId, owner, member } = await said("old");
    for (let index = 0; index < 3; index++) await owner.send(roomId, `n${index}`);
    await owner.get("message:edit", { roomId, seq: 2, text: "old, edited" });
    const { rooms } = await member.get("room:sync", { rooms: [{ roomId, rev: 3 }] });
    expect(rooms).toMatchObject([
      { rev: 6, changes: [{ seq: 4 }, { seq: 5 }, { seq: 2, text: "old, edited", rev: 6 }] },
    ]);
  });
});

describe("a room's settings", () => {
  it("a new title is a notice and a changed room, for groups only", async () => {
    const { roomId, owner, member, users } = await said();
    const { room } = await member.get("room:rename", { roomId, title: "새 이름" });
    expect(room).toMatchObject({ title: "새 이름", lastSeq: 3 });
    expect(await owner.change(roomId, 3)).toMatchObject({
      senderId: at(users, 1).userId,
      notice: { type: "renamed", title: "새 이름" },
    });
    expect((await owner.next("room:changed")).room.title).toBe("새 이름");
    expect((await member.get("room:rename", { roomId, title: "새 이름" })).room.lastSeq).toBe(3);
    const title = "t".repeat(TEXT_LIMITS.titleCharacters + 1);
    expect(await member.refused("room:rename", { roomId, title })).toBe("bad_request");
    const direct = await owner.get("room:create", {
      kind: "direct",
      userId: at(users, 1).userId,
    });
    const rename = { roomId: direct.room.id, title: "x" };
    expect(await owner.refused("room:rename", rename)).toBe("forbidden");
  });

  it("muting is one's own, and reaches one's other devices", async () => {
    const { roomId, users, member, owner } = await said();
    const otherDevice = await world.connect(at(users, 1), 0);
    await member.get("room:mute", { roomId, muted: true });
    expect((await otherDevice.next("room:changed")).room).toMatchObject({
      id: roomId,
      muted: true,
    });
    expect((await member.get("room:get", { roomId })).room.muted).toBe(true);
    expect((await owner.get("room:get", { roomId })).room.muted).toBe(false);
  });

  it("the owner removes members, who receive nothing from the answer on", async () => {
    const { roomId, users, owner, member, other } = await said();
    const removal = { roomId, userId: at(users, 1).userId };
    expect(await other.refused("room:remove", removal)).toBe("forbidden");
    await owner.get("room:remove", removal);
    const seen = member.changes(roomId).length;
    const { rev } = await owner.send(roomId, "without you");
    await other.change(roomId, rev);
    expect(member.changes(roomId)).toHaveLength(seen);
    expect(await member.next("room:removed")).toEqual({ roomId, reason: "removed" });
    expect(await other.change(roomId, 3)).toMatchObject({
      senderId: at(users, 0).userId,
      notice: { type: "removed", userIds: [at(users, 1).userId] },
    });
    expect(await owner.refused("room:remove", removal)).toBe("not_found");
    const self = { roomId, userId: at(users, 0).userId };
    expect(await owner.refused("room:remove", self)).toBe("bad_request");
  });

  it("its members are paged through by cursor", async () => {
    const { roomId, users, owner } = await said();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await owner.get("room:members", { roomId, limit: 2, cursor });
      seen.push(...page.members.map((one) => one.userId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen.sort()).toEqual(users.map((user) => user.userId).sort());
    const stranger = await world.connect(world.issuer.newUser());
    expect(await stranger.refused("room:members", { roomId })).toBe("not_found");
  });

  it("typing reaches the others on all nodes, thinned out, and nobody outside", async () => {
    const { roomId, users, owner, member, other } = await said();
    const startedAt = Date.now();
    const type = (typing: boolean) => owner.get("room:typing", { roomId, typing });
    for (let count = 0; count < 5; count++) await type(true);
    // It is dropped where something else is just being written to a socket: so they go on, as people do.
    const hear = (typing: boolean, ...all: (typeof member)[]) =>
      all.every((one) => one.all("room:typing").some((heard) => heard.typing === typing));
    const told = async () => {
      await type(true);
      return hear(true, member, other);
    };
    await expect.poll(told).toBe(true);
    const toldOfEnd = async () => {
      await type(true);
      await type(false);
      return hear(false, member);
    };
    await expect.poll(toldOfEnd).toBe(true);
    const { userId } = at(users, 0);
    expect(member.all("room:typing")[0]).toEqual({ roomId, userId, typing: true });
    expect(other.all("room:typing")[0]).toEqual({ roomId, userId, typing: true });
    // A beginning each 2 s passes, and its end; on a busy machine all this may take longer.
    const passed = 1 + Math.floor((Date.now() - startedAt) / 2_000);
    expect(member.all("room:typing").length).toBeLessThanOrEqual(2 * passed);
    expect(owner.all("room:typing")).toEqual([]);
    const stranger = await world.connect(world.issuer.newUser());
    expect(await stranger.refused("room:typing", { roomId, typing: true })).toBe("not_found");
  });
});
