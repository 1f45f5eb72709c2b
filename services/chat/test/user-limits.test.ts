import { randomUUID } from "node:crypto";
import { LIMITS } from "@moim/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestClient } from "./support/client.ts";
import { at, startWorld, type World } from "./support/nodes.ts";

const GROUPS = 3;
const INVITATIONS = 150;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    environment: {
      GROUPS_PER_USER: String(GROUPS),
      INVITATIONS_PER_SECOND: "1",
      INVITATIONS_BURST: String(INVITATIONS),
    },
  });
});
afterAll(() => world.close());

const group = (...userIds: string[]) => ({
  kind: "group" as const,
  clientId: randomUUID(),
  userIds,
});

const newIds = (count: number) =>
  Array.from({ length: count }, () => world.issuer.newUser().userId);

describe("how many groups one user is in", () => {
  it("is bounded, whoever brings them in, and says so to who would", async () => {
    const [victim, stranger] = [world.issuer.newUser(), world.issuer.newUser()];
    const [there, client] = [await world.connect(victim), await world.connect(stranger)];
    for (let count = 0; count < GROUPS; count++) {
      const other = await world.connect(world.issuer.newUser());
      await other.get("room:create", group(victim.userId));
    }
    const created = await client.ask("room:create", group(victim.userId));
    expect(created).toMatchObject({
      ok: false,
      error: { code: "too_large", retryable: false, errors: [{ path: "userIds" }] },
    });
    const { room } = await client.get("room:create", group());
    const invited = { roomId: room.id, userIds: [victim.userId, ...newIds(1)] };
    expect(await client.refused("room:invite", invited)).toBe("too_large");
    // Nobody of them was brought in, nothing is left of the group that was refused.
    expect((await client.get("room:get", { roomId: room.id })).room.memberCount).toBe(1);
    expect((await client.get("room:list", {})).rooms).toHaveLength(1);
    // What others did to them does not keep them from making a group of their own.
    await there.get("room:create", group(stranger.userId));
  });

  it("is filled by nobody alone, not even with somebody else's hands", async () => {
    const [victim, accomplice] = [world.issuer.newUser(), world.issuer.newUser()];
    const [client, helper] = [
      await world.connect(world.issuer.newUser()),
      await world.connect(accomplice),
    ];
    await client.get("room:create", group(victim.userId));
    expect(await client.refused("room:create", group(victim.userId))).toBe("too_large");
    const { room } = await client.get("room:create", group(accomplice.userId));
    const invited = { roomId: room.id, userIds: [victim.userId] };
    for (const guest of [client, helper]) {
      expect(await guest.refused("room:invite", invited)).toBe("too_large");
    }
    await helper.get("room:create", group(victim.userId));
  });

  it("is bounded for those that they make, too", async () => {
    const client = await world.connect(world.issuer.newUser());
    const own = [];
    for (let count = 0; count < GROUPS; count++) {
      own.push((await client.get("room:create", group())).room.id);
    }
    expect(await client.refused("room:create", group())).toBe("too_large");
    await client.get("room:leave", { roomId: at(own, 0) });
    await client.get("room:create", group());
  });

  it("does not keep them from being written to, and leaving one makes room for one", async () => {
    const [victim, stranger] = [world.issuer.newUser(), world.issuer.newUser()];
    const [there, client] = [await world.connect(victim), await world.connect(stranger)];
    const own = [];
    for (let count = 0; count < GROUPS; count++) {
      own.push((await there.get("room:create", group())).room.id);
    }
    const direct = await client.get("room:create", { kind: "direct", userId: victim.userId });
    await client.send(direct.room.id, "hello");
    expect(await client.refused("room:create", group(victim.userId))).toBe("too_large");
    await there.get("room:leave", { roomId: at(own, 0) });
    const { room } = await client.get("room:create", group(victim.userId));
    expect(room.memberCount).toBe(2);
  });
});

describe("how many one user brings into rooms", () => {
  it("is bounded over new groups and invitations, and what is there already costs nothing", async () => {
    const client = await world.connect(world.issuer.newUser());
    const first = group(...newIds(99));
    const startedAt = Date.now();
    const { room } = await client.get("room:create", first);
    const answer = await client.ask("room:invite", { roomId: room.id, userIds: newIds(60) });
    expect(answer).toMatchObject({ ok: false, error: { code: "rate_limited", retryable: true } });
    if (!answer.ok) {
      // Nine too many, but for those of the time that it took.
      const waitedMs = Date.now() - startedAt;
      expect(answer.error.retryAfterMs).toBeGreaterThan(8_000 - waitedMs);
      expect(answer.error.retryAfterMs).toBeLessThanOrEqual(10_000);
    }
    expect((await client.get("room:create", first)).room.id).toBe(room.id);
    const members = { roomId: room.id, userIds: first.userIds };
    for (let time = 0; time < 3; time++) await client.get("room:invite", members);
    await client.get("room:invite", { roomId: room.id, userIds: newIds(45) });
    expect(await client.refused("room:create", group(...newIds(30)))).toBe("rate_limited");
    const other = await world.connect(world.issuer.newUser());
    await other.get("room:create", group(...newIds(99)));
  });

  it("is not counted for requests that fail", async () => {
    const client = await world.connect(world.issuer.newUser());
    const { room } = await client.get("room:create", group());
    const withStranger = () => [...newIds(98), randomUUID()];
    for (let time = 0; time < 3; time++) {
      expect(await client.refused("room:create", group(...withStranger()))).toBe("bad_request");
      const invitation = { roomId: room.id, userIds: withStranger() };
      expect(await client.refused("room:invite", invitation)).toBe("bad_request");
      const direct = { kind: "direct", userId: randomUUID() };
      expect(await client.refused("room:create", direct)).toBe("bad_request");
    }
    await client.get("room:create", group(...newIds(100)));
  });
});

describe("what one user changes", () => {
  const BURST = 4 * LIMITS.eventsBurst;
  const PER_SECOND = 4 * LIMITS.eventsPerSecond;

  /** All at once, without waiting for answers: on and off, so that each is a change. */
  const react = (client: TestClient, place: { roomId: string; seq: number }, count: number) =>
    Array.from({ length: count }, (_, index) =>
      client.ask("message:react", { ...place, emoji: "👍", on: index % 2 === 0 }),
    );

  it("over all their sockets is no more than what four sockets may, and costs nobody else", async () => {
    const { roomId, users, clients } = await world.group(2);
    const more = await Promise.all([1, 2, 3, 4, 5, 6].map(() => world.connect(at(users, 0))));
    const { seq } = await at(clients, 0).send(roomId, "to be reacted to");
    const startedAt = Date.now();
    const place = { roomId, seq };
    const all = [at(clients, 0), ...more].flatMap((client) => react(client, place, 80));
    const neighbour = react(at(clients, 1), place, 20);
    const answers = await Promise.all(all);
    const gained = Math.ceil(((Date.now() - startedAt) / 1_000) * PER_SECOND);
    const errors = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]));
    const refused = errors.filter(({ code }) => code === "rate_limited");
    // What was let through may still have found the database too slow.
    const letThrough = answers.length - refused.length;
    expect(letThrough).toBeGreaterThanOrEqual(BURST);
    expect(letThrough).toBeLessThanOrEqual(BURST + gained);
    for (const { retryable, retryAfterMs } of refused) {
      expect(retryable).toBe(true);
      expect(retryAfterMs).toBeGreaterThan(0);
    }
    const theirs = await Promise.all(neighbour);
    expect(theirs.filter((answer) => !answer.ok && answer.error.code === "rate_limited")).toEqual(
      [],
    );
    // Asking is another matter.
    await at(more, 0).get("room:get", { roomId });
  });
});
