import { randomUUID } from "node:crypto";
import { Encoder } from "socket.io-parser";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Follower } from "./support/follower.ts";
import { waitingForLocks } from "./support/locks.ts";
import { metric } from "./support/metric.ts";
import { at, startWorld, urlOf, type World } from "./support/nodes.ts";
import { talkAtOnce } from "./support/sends.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ nodes: 2 });
});
afterAll(() => world.close());

describe("a message", () => {
  it("reaches every member on every node once, in the shape of the contract", async () => {
    const { roomId, users, clients } = await world.group(4);
    const sender = at(clients, 0);
    const clientId = randomUUID();
    const text = "  안녕 👋\n";
    const { message, duplicate } = await sender.get("message:send", { roomId, clientId, text });
    expect(duplicate).toBe(false);
    expect(message).toEqual({
      roomId,
      seq: 2,
      rev: 2,
      kind: "text",
      senderId: at(users, 0).userId,
      clientId,
      text,
      notice: null,
      replyTo: null,
      reactions: [],
      editedAt: null,
      deletedAt: null,
      createdAt: expect.any(Number),
    });
    for (const client of clients) {
      expect(await client.change(roomId, 2)).toEqual(message);
      expect(client.changes(roomId).filter((change) => change.seq === 2)).toHaveLength(1);
    }
  });

  it("keeps the order in which one socket sent, without waiting for answers", async () => {
    const { roomId, clients } = await world.group(2);
    const texts = Array.from({ length: 25 }, (_, index) => `n${index}`);
    const sent = await Promise.all(texts.map((text) => at(clients, 0).send(roomId, text)));
    expect(sent.map((message) => message.seq)).toEqual(texts.map((_, index) => index + 2));
    await at(clients, 1).change(roomId, 26);
    const received = at(clients, 1)
      .changes(roomId)
      .map((change) => change.text);
    expect(received).toEqual([null, ...texts]);
  });

  it("is numbered without gaps by many senders on two nodes, and all see one order", async () => {
    const { roomId, clients } = await world.group(10);
    const followers = clients.map((client) => new Follower(client, roomId));
    const stored = await talkAtOnce(clients, roomId, 20);
    expect(stored.length).toBeGreaterThan(clients.length);
    const { rows } = await world.pool.query(
      "SELECT seq::int, rev::int FROM chat.messages WHERE room_id = $1 ORDER BY seq",
      [roomId],
    );
    expect(rows.length).toBeGreaterThan(stored.length);
    const numbers = rows.map((_, index) => index + 1);
    expect(rows.map((row) => row.seq)).toEqual(numbers);
    expect(rows.map((row) => row.rev)).toEqual(numbers);
    await Promise.all(followers.map((follower) => follower.expectAll(rows.length)));
  });

  it("sent 20 times at once on two nodes is one row and 20 equal answers", async () => {
    const { roomId, users, clients } = await world.group(2);
    const again = await world.connect(at(users, 0), 1);
    const request = { roomId, clientId: randomUUID(), text: "once" };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? again : at(clients, 0)).get("message:send", request),
      ),
    );
    expect(answers.filter((answer) => !answer.duplicate)).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer.message))).size).toBe(1);
    const { rows } = await world.pool.query(
      "SELECT count(*)::int AS rows FROM chat.messages WHERE room_id = $1 AND client_id = $2",
      [roomId, request.clientId],
    );
    expect(rows[0].rows).toBe(1);
  });

  it("repeated with another text answers with the first", async () => {
    const { roomId, clients } = await world.group(2);
    const clientId = randomUUID();
    const first = await at(clients, 0).send(roomId, "first", clientId);
    const repeat = await at(clients, 0).get("message:send", { roomId, clientId, text: "second" });
    expect(repeat).toEqual({ message: first, duplicate: true });
    // Announced again: the other member sees it twice on the wire.
    await expect
      .poll(
        () =>
          at(clients, 1)
            .changes(roomId)
            .filter((c) => c.clientId === clientId).length,
      )
      .toBe(2);
  });

  it("by a stranger is not_found, just as in a room that does not exist", async () => {
    const { roomId } = await world.group(2);
    const stranger = await world.connect(world.issuer.newUser());
    const request = { clientId: randomUUID(), text: "hi" };
    const inRoom = await stranger.askAnything("message:send", { roomId, ...request });
    const nowhere = await stranger.askAnything("message:send", {
      roomId: randomUUID(),
      ...request,
    });
    expect(inRoom).toMatchObject({ ok: false, error: { code: "not_found", retryable: false } });
    expect(nowhere).toEqual(inRoom);
  });

  it("may answer one that is visible, and no other", async () => {
    const { roomId, clients } = await world.group(2);
    await at(clients, 0).send(roomId, "question");
    const request = { roomId, clientId: randomUUID(), text: "answer", replyTo: 2 };
    expect((await at(clients, 1).get("message:send", request)).message.replyTo).toBe(2);
    const beyond = { ...request, clientId: randomUUID(), replyTo: 99 };
    expect(await at(clients, 1).refused("message:send", beyond)).toBe("not_found");
  });
});

describe("a delivery", () => {
  it("is one packet per room and commit, encoded once per node, however many sockets", async () => {
    const alone = await startWorld();
    const { roomId, clients } = await alone.group(10);
    const encode = vi.spyOn(Encoder.prototype, "encode");
    // Held up behind a lock, so that all of them share one commit.
    const blocker = await alone.pool.connect();
    await blocker.query("BEGIN");
    await blocker.query("SELECT 1 FROM chat.rooms WHERE id = $1 FOR UPDATE", [roomId]);
    const first = at(clients, 0).send(roomId, "alone");
    await expect.poll(() => waitingForLocks(alone.pool)).toBe(1);
    const together = clients.map((client) => client.send(roomId, "together"));
    const queued = () => metric(urlOf(alone.nodes, 0), "moim_commit_queue_length");
    await expect.poll(queued).toBe(clients.length);
    await blocker.query("ROLLBACK");
    blocker.release();
    await Promise.all([first, ...together]);
    for (const client of clients) await client.change(roomId, 12);
    const encoded = encode.mock.calls.filter(([packet]) => packet.data?.[0] === "room:changes");
    encode.mockRestore();
    expect(encoded).toHaveLength(2);
    for (const client of clients) {
      const sizes = client.all("room:changes").map(({ changes }) => changes.length);
      expect(sizes).toEqual([1, 1, 10]);
    }
    await alone.close();
  });
});

describe("paging", () => {
  it("goes through the whole room in both directions", async () => {
    const { roomId, clients } = await world.group(2);
    for (let index = 2; index <= 12; index++) await at(clients, 0).send(roomId, `n${index}`);
    const newest = await at(clients, 1).get("message:page", { roomId, limit: 5 });
    expect(newest.messages.map((message) => message.seq)).toEqual([8, 9, 10, 11, 12]);
    expect(newest).toMatchObject({ rev: 12, hasMore: true });
    const older = await at(clients, 1).get("message:page", { roomId, before: 8, limit: 7 });
    expect(older.messages.map((message) => message.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(older.hasMore).toBe(false);
    const newer = await at(clients, 1).get("message:page", { roomId, after: 10 });
    expect(newer.messages.map((message) => message.seq)).toEqual([11, 12]);
    expect(newer.hasMore).toBe(false);
    const both = { roomId, before: 8, after: 2 };
    expect(await at(clients, 1).refused("message:page", both)).toBe("bad_request");
  });
});

describe("room:sync", () => {
  it("returns exactly what was missed, oldest first, through more than one batch", async () => {
    const { roomId, clients } = await world.group(2);
    await world.pool.query(
      `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
       SELECT $1, n, n, 'text', gen_random_uuid(), gen_random_uuid(), 'n' || n, now()
       FROM generate_series(2, 451) AS n`,
      [roomId],
    );
    await world.pool.query("UPDATE chat.rooms SET last_seq = 451, rev = 451 WHERE id = $1", [
      roomId,
    ]);
    const seen: number[] = [];
    let rev = 3;
    for (let more = true; more; ) {
      const { rooms } = await at(clients, 1).get("room:sync", { rooms: [{ roomId, rev }] });
      const [room] = rooms;
      if (!room || "gone" in room) throw new Error("the room is gone");
      expect(room.changes.length).toBeLessThanOrEqual(200);
      seen.push(...room.changes.map((change) => change.rev));
      ({ rev, more } = room);
    }
    expect(seen).toEqual(Array.from({ length: 448 }, (_, index) => index + 4));
    expect(rev).toBe(451);
  });

  it("and message:page stay below the size at which a slow reader is cut off, and lose nothing", async () => {
    const { roomId, clients } = await world.group(2);
    await world.pool.query(
      `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
       SELECT $1, n, n, 'text', gen_random_uuid(), gen_random_uuid(), repeat('글', 4000), now()
       FROM generate_series(2, 121) AS n`,
      [roomId],
    );
    await world.pool.query("UPDATE chat.rooms SET last_seq = 121, rev = 121 WHERE id = $1", [
      roomId,
    ]);
    const bytes = (answer: unknown) => Buffer.byteLength(JSON.stringify(answer));
    const client = at(clients, 1);
    const synced: number[] = [];
    let rev = 1;
    for (let more = true; more; ) {
      const answer = await client.get("room:sync", { rooms: [{ roomId, rev }] });
      expect(bytes(answer)).toBeLessThan(512 * 1024);
      const room = at(answer.rooms, 0);
      if ("gone" in room) throw new Error("the room is gone");
      synced.push(...room.changes.map((change) => change.rev));
      ({ rev, more } = room);
    }
    expect(synced).toEqual(Array.from({ length: 120 }, (_, index) => index + 2));
    const paged: number[] = [];
    let before: number | undefined;
    for (let hasMore = true; hasMore; ) {
      const page = await client.get("message:page", { roomId, before });
      expect(bytes(page)).toBeLessThan(512 * 1024);
      paged.unshift(...page.messages.map((message) => message.seq));
      before = paged[0];
      ({ hasMore } = page);
    }
    expect(paged).toEqual(Array.from({ length: 121 }, (_, index) => index + 1));
  });

  it("that names a room twice is refused: its answer could grow without bound", async () => {
    const { roomId, clients } = await world.group(2);
    const rooms = Array.from({ length: 200 }, () => ({ roomId, rev: 0 }));
    expect(await at(clients, 0).refused("room:sync", { rooms })).toBe("bad_request");
  });

  it("says reset beyond 1,000 changes, and gone for a room one is not in", async () => {
    const { roomId, clients } = await world.group(2);
    await world.pool.query("UPDATE chat.rooms SET rev = 1102 WHERE id = $1", [roomId]);
    const elsewhere = randomUUID();
    const { rooms } = await at(clients, 0).get("room:sync", {
      rooms: [
        { roomId, rev: 101 },
        { roomId: elsewhere, rev: 0 },
      ],
    });
    expect(rooms).toEqual([
      { roomId, rev: 1102, changes: [], more: false, reset: true },
      { roomId: elsewhere, gone: true },
    ]);
  });
});
