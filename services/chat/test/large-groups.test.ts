import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, startWorld, type World } from "./support/nodes.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ nodes: 2 });
});
afterAll(() => world.close());

describe("a change of a group that no summary shows whole", () => {
  it("reaches every member with their own entry in it, on every node", async () => {
    const { roomId, users, clients } = await world.group(2);
    const latest = [world.issuer.newUser(), world.issuer.newUser()];
    // 148 before these two, who stand far behind the hundred of a summary.
    await world.pool.query(
      `INSERT INTO chat.members (room_id, user_id, role, joined_at)
       SELECT $1, coalesce(($2::uuid[])[n - 148], gen_random_uuid()), 'member',
              now() + n * interval '1 millisecond'
       FROM generate_series(1, 150) AS n`,
      [roomId, latest.map(({ userId }) => userId)],
    );
    await world.pool.query("UPDATE chat.rooms SET member_count = 152 WHERE id = $1", [roomId]);
    const late = await Promise.all(latest.map((user, node) => world.connect(user, node)));
    await at(late, 0).get("room:rename", { roomId, title: "모두" });
    const everybody = [...clients, ...late];
    const ids = [...users, ...latest].map(({ userId }) => userId);
    for (const [index, client] of everybody.entries()) {
      const { room } = await client.next("room:changed");
      expect(room).toMatchObject({ id: roomId, title: "모두", memberCount: 152 });
      expect(room.members).toHaveLength(100);
      expect(room.members.filter(({ userId }) => userId === at(ids, index))).toHaveLength(1);
      expect(client.all("room:changed")).toHaveLength(1);
    }
  });
});

describe("reading in a group that no summary shows whole", () => {
  it("is told to the reader's own devices on every node, and to nobody else", async () => {
    const { roomId, users, clients } = await world.group(4);
    const otherDevice = await world.connect(at(users, 0), 1);
    await world.pool.query("UPDATE chat.rooms SET member_count = 101 WHERE id = $1", [roomId]);
    const { seq } = await at(clients, 1).send(roomId, "a thousand read this");
    await at(clients, 0).change(roomId, seq);
    await at(clients, 0).get("room:read", { roomId, seq });
    const read = { roomId, userId: at(users, 0).userId, seq };
    expect(await otherDevice.next("room:read")).toEqual(read);
    expect(await at(clients, 0).next("room:read")).toEqual(read);
    // Said later, heard later: by now the others would have heard of the reading.
    const last = await at(clients, 0).send(roomId, "done");
    for (const other of clients.slice(1)) {
      await other.change(roomId, last.rev);
      expect(other.all("room:read")).toEqual([]);
    }
  });
});

describe("a group of one with a long history", () => {
  it("is left at once, is nobody's any more, and goes with all its messages", async () => {
    const { roomId, clients } = await world.group(1);
    await fill(roomId, 12_001);
    const client = at(clients, 0);
    await client.get("room:leave", { roomId });
    expect((await client.get("room:list", {})).rooms).toEqual([]);
    expect(await client.refused("room:get", { roomId })).toBe("not_found");
    await expect.poll(() => leftOf(roomId), { timeout: 60_000 }).toEqual({ rooms: 0, messages: 0 });
  });

  it("whose deletion died with its node is deleted by another", async () => {
    const { roomId } = await world.group(1);
    // What the database believes of a room where nearly all are short.
    await world.pool.query(
      `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, text, created_at)
       SELECT gen_random_uuid(), 1, 1, 'text', gen_random_uuid(), 'short', now()
       FROM generate_series(1, 20000)`,
    );
    await world.pool.query("ANALYZE chat.messages");
    await fill(roomId, 6_000);
    // A node that is killed after the first step leaves exactly this.
    await world.pool.query("DELETE FROM chat.members WHERE room_id = $1", [roomId]);
    await world.pool.query("UPDATE chat.rooms SET member_count = 0 WHERE id = $1", [roomId]);
    await expect.poll(() => leftOf(roomId), { timeout: 60_000 }).toEqual({ rooms: 0, messages: 0 });
  });

  it("a short one is gone with the answer", async () => {
    const { roomId, clients } = await world.group(1);
    await at(clients, 0).get("room:leave", { roomId });
    expect(await leftOf(roomId)).toEqual({ rooms: 0, messages: 0 });
  });
});

/** Messages up to this `seq`. */
async function fill(roomId: string, lastSeq: number): Promise<void> {
  await world.pool.query(
    `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
     SELECT $1, n, n, 'text', gen_random_uuid(), gen_random_uuid(), 'n', now()
     FROM generate_series(2, $2::int) AS n`,
    [roomId, lastSeq],
  );
}

async function leftOf(roomId: string): Promise<unknown> {
  const { rows } = await world.pool.query(
    `SELECT (SELECT count(*)::int FROM chat.rooms WHERE id = $1) AS rooms,
            (SELECT count(*)::int FROM chat.messages WHERE room_id = $1) AS messages`,
    [roomId],
  );
  return rows[0];
}
