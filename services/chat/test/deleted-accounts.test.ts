import { randomUUID } from "node:crypto";
import type { Room } from "@moim/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, startWorld, type World } from "./support/nodes.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ nodes: 2 });
});
afterAll(() => world.close());

const ownersOf = ({ members }: Room) =>
  members.filter(({ role }) => role === "owner").map(({ userId }) => userId);

describe("whoever has deleted their account", () => {
  it("cannot be invited, nor be the other of a new room", async () => {
    const gone = world.issuer.newUser();
    world.issuer.deleteUser(gone);
    const { roomId, clients } = await world.group(1);
    const client = at(clients, 0);
    const userIds = [gone.userId];
    expect(await client.refused("room:invite", { roomId, userIds })).toBe("bad_request");
    const direct = { kind: "direct", userId: gone.userId };
    expect(await client.refused("room:create", direct)).toBe("bad_request");
    const group = { kind: "group", clientId: randomUUID(), userIds };
    expect(await client.refused("room:create", group)).toBe("bad_request");
  });

  it("and owned a group is followed by the longest-standing member who has one", async () => {
    const { roomId, users, clients } = await world.group(5);
    const [owner, second, heir, , removed] = users;
    const [, , heirClient, otherClient, removedClient] = clients;
    if (!owner || !second || !heir || !removed) throw new Error("a group of five");
    if (!heirClient || !otherClient || !removedClient) throw new Error("a group of five");
    // Joined one after the other, as places in the group say.
    for (const [place, { userId }] of users.entries()) {
      await world.pool.query(
        `UPDATE chat.members SET joined_at = now() + $3 * interval '1 second'
         WHERE room_id = $1 AND user_id = $2`,
        [roomId, userId, place],
      );
    }
    const request = { roomId, userId: removed.userId };
    expect(await heirClient.refused("room:remove", request)).toBe("forbidden");
    world.issuer.deleteUser(owner);
    world.issuer.deleteUser(second);
    expect(await otherClient.refused("room:remove", request)).toBe("forbidden");
    const { room } = await otherClient.next("room:changed");
    expect(ownersOf(room)).toEqual([heir.userId]);
    expect(ownersOf((await otherClient.get("room:get", { roomId })).room)).toEqual([heir.userId]);
    await heirClient.get("room:remove", request);
    expect((await removedClient.next("room:removed")).reason).toBe("removed");
    // Their messages stay, and so do they.
    const { members } = await heirClient.get("room:members", { roomId });
    expect(members.map(({ userId }) => userId)).toContain(owner.userId);
  });

  it("leaves somebody who may delete others' messages", async () => {
    const { roomId, users, clients } = await world.group(3);
    const { seq } = await at(clients, 2).send(roomId, "to be taken down");
    const heir = [...users.slice(1)].sort((a, b) => (a.userId < b.userId ? -1 : 1))[0];
    const heirClient = at(clients, heir === users[1] ? 1 : 2);
    const own = heir === users[1] ? seq : (await at(clients, 1).send(roomId, "this too")).seq;
    expect(await heirClient.refused("message:delete", { roomId, seq: own })).toBe("forbidden");
    world.issuer.deleteUser(at(users, 0));
    const { message } = await heirClient.get("message:delete", { roomId, seq: own });
    expect(message.deletedAt).not.toBeNull();
  });

  it("is not asked after where the auth service does not answer: who was refused stays so", async () => {
    const { roomId, users, clients } = await world.group(2);
    world.issuer.deleteUser(at(users, 0));
    world.issuer.setPaused(true);
    const request = { roomId, userId: at(users, 0).userId };
    expect(await at(clients, 1).refused("room:remove", request)).toBe("forbidden");
    world.issuer.setPaused(false);
    expect(await at(clients, 1).refused("room:remove", request)).toBe("nothing");
  });
});
