import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClient } from "./support/client.ts";
import type { TestUser } from "./support/issuer.ts";
import { at, startWorld, urlOf, type World } from "./support/nodes.ts";
import { BUSY_MS } from "./support/patience.ts";

/** So long that whoever renews at once is in time on a busy machine, too. */
const GRACE_MS = 6_000;

let world: World;
beforeAll(async () => {
  world = await startWorld({ nodes: 2, environment: { TOKEN_GRACE_MS: String(GRACE_MS) } });
});
afterAll(() => world.close());

/** Connects with a token that runs out within two to three seconds: `exp` counts whole seconds. */
function connectBriefly(user: TestUser, node = 0): Promise<TestClient> {
  return world.connect(user, node, { lifetimeMs: 2_000 });
}

/** What becomes of whoever comes to a node with the token; each node learns for itself what it does not know yet. */
async function handshake(token: string, node = 0): Promise<string> {
  const client = new TestClient(urlOf(world.nodes, node), token);
  const outcome = await client.outcome();
  client.close();
  return outcome;
}

async function untilExpired(client: TestClient): Promise<void> {
  await client.next("token:expired");
}

describe("the handshake", () => {
  const cases: [string, (user: TestUser) => Promise<string | undefined>, string][] = [
    ["without a token", async () => undefined, "token_invalid"],
    ["with nonsense", async () => "abc.def.ghi", "token_invalid"],
    [
      "with an expired token",
      (user) => world.issuer.token(user, { issuedAt: Date.now() - 700_000 }),
      "token_expired",
    ],
    [
      "with a refresh-like token (typ)",
      (user) => world.issuer.token(user, { claims: { typ: "refresh" } }),
      "token_invalid",
    ],
    [
      "without a session id",
      (user) => world.issuer.token(user, { claims: { sid: undefined } }),
      "token_invalid",
    ],
  ];
  it.each(cases)("%s is refused", async (_, makeToken, code) => {
    const token = await makeToken(world.issuer.newUser());
    const client = new TestClient(urlOf(world.nodes, 0), token);
    expect(await client.refusal()).toMatchObject({ code, message: expect.any(String) });
    client.close();
  });

  it("refuses a token that names another algorithm", async () => {
    const token = await world.issuer.token(world.issuer.newUser());
    const [, payload] = token.split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const client = new TestClient(urlOf(world.nodes, 0), `${none}.${payload}.`);
    expect(await client.refusal()).toMatchObject({ code: "token_invalid" });
    client.close();
  });

  it("answers session:ready with what the client needs", async () => {
    const user = world.issuer.newUser();
    const client = await world.connect(user, 1);
    expect(await client.next("session:ready")).toMatchObject({
      userId: user.userId,
      sessionId: user.sessionId,
      limits: { textCharacters: 4_000, packetBytes: 65_536, socketsPerUser: 20 },
    });
  });

  it("accepts a new signing key without a restart, and does not fetch for forged ones", async () => {
    world.issuer.rotate();
    const user = world.issuer.newUser();
    // The cool-down counts from the first fetch, which the tests before have made.
    await expect
      .poll(
        async () => {
          const token = await world.issuer.token(user, { key: "next" });
          return handshake(token);
        },
        { interval: 500 },
      )
      .toBe("ready");
    const before = world.issuer.keyRequests;
    for (let index = 0; index < 5; index++) {
      const forged = new TestClient(
        urlOf(world.nodes, 0),
        `${Buffer.from(JSON.stringify({ alg: "EdDSA", kid: `k${index}` })).toString("base64url")}.e30.AA`,
      );
      expect(await forged.refusal()).toMatchObject({ code: "token_invalid" });
      forged.close();
    }
    expect(world.issuer.keyRequests - before).toBeLessThanOrEqual(1);
  });
});

describe("a token that runs out on a live socket", () => {
  it("is announced, then cuts off a listener that never sends", async () => {
    const { roomId, users, clients } = await world.group(2);
    const silent = await connectBriefly(at(users, 1), 1);
    const { expiresAt } = await silent.next("token:expiring");
    expect((await silent.next("token:expired")).graceMs).toBe(GRACE_MS);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
    await at(clients, 0).send(roomId, "after exp");
    await at(clients, 1).change(roomId, 2);
    expect(await silent.next("session:closed")).toEqual({ code: "token_expired", reconnect: true });
    await silent.closed();
    expect(silent.all("room:changes")).toEqual([]);
  });

  it("lets no event through but its renewal, unknown events included", async () => {
    const { roomId, users } = await world.group(1);
    const client = await connectBriefly(at(users, 0));
    await untilExpired(client);
    const send = { roomId, clientId: randomUUID(), text: "late" };
    expect(await client.refused("message:send", send)).toBe("token_expired");
    expect(await client.refused("room:list", {})).toBe("token_expired");
    expect(await client.refused("no:such:event", {})).toBe("token_expired");
    const { rows } = await world.pool.query(
      "SELECT 1 FROM chat.messages WHERE room_id = $1 AND kind = 'text'",
      [roomId],
    );
    expect(rows).toEqual([]);
  });

  it("renewed within the grace, the socket lives on and is told to fetch", async () => {
    const { roomId, users, clients } = await world.group(2);
    const client = await connectBriefly(at(users, 1), 1);
    await untilExpired(client);
    const missed = await at(clients, 0).send(roomId, "missed");
    const token = await world.issuer.token(at(users, 1));
    const { expiresAt } = await client.get("token:renew", { token });
    expect(expiresAt).toBeGreaterThan(Date.now() + 500_000);
    expect(await client.next("resync")).toEqual({ reason: "renewed" });
    const { rooms } = await client.get("room:sync", { rooms: [{ roomId, rev: 1 }] });
    expect(rooms).toMatchObject([{ changes: [{ text: "missed" }], rev: missed.rev }]);
    await at(clients, 0).send(roomId, "live again");
    expect((await client.change(roomId, 3)).text).toBe("live again");
    expect(client.socket.connected).toBe(true);
  });

  it("renewed before it runs out, nothing happens at all", async () => {
    const { roomId, users, clients } = await world.group(2);
    let client: TestClient;
    let endsAt: number;
    do {
      client = await connectBriefly(at(users, 1));
      endsAt = (await client.next("token:expiring")).expiresAt;
      await client.get("token:renew", { token: await world.issuer.token(at(users, 1)) });
      // A fifth of its life is left for that: where a busy machine takes longer, once more.
    } while (Date.now() >= endsAt);
    await new Promise((resolve) => setTimeout(resolve, endsAt - Date.now() + 500));
    await at(clients, 0).send(roomId, "still here");
    expect((await client.change(roomId, 2)).text).toBe("still here");
    expect(client.all("token:expired")).toEqual([]);
    expect(client.all("resync")).toEqual([]);
  });

  it("cannot be replaced by another user's", async () => {
    const client = await world.connect(world.issuer.newUser());
    const token = await world.issuer.token(world.issuer.newUser());
    expect(await client.refused("token:renew", { token })).toBe("token_invalid");
    expect(await client.refused("room:list", {})).toBe("nothing");
  });
});

describe("a session that is ended", () => {
  it("loses its sockets on every node within a second, and only its own", async () => {
    const user = world.issuer.newUser();
    const first = await world.connect(user, 0);
    const second = await world.connect(user, 1);
    const other = await world.connect({ ...user, sessionId: randomUUID() }, 1);
    const startedAt = Date.now();
    await world.revoke(user);
    for (const client of [first, second]) {
      expect(await client.next("session:closed")).toEqual({
        code: "session_revoked",
        reconnect: false,
      });
      await client.closed();
    }
    expect(Date.now() - startedAt).toBeLessThan(1_000 + BUSY_MS);
    expect(await other.refused("room:list", {})).toBe("nothing");
  });

  it("is refused at the handshake and at renewal", async () => {
    const user = world.issuer.newUser();
    await world.revoke(user);
    const live = await world.connect({ ...user, sessionId: randomUUID() });
    const token = await world.issuer.token(user);
    for (const node of [0, 1])
      await expect.poll(() => handshake(token, node)).toBe("session_revoked");
    expect(await live.refused("token:renew", { token })).toBe("session_revoked");
  });
});

describe("a node without Redis", () => {
  it("learns of an ended session from the database within a second", async () => {
    const alone = await startWorld({ redisUrl: null });
    const user = alone.issuer.newUser();
    const client = await alone.connect(user);
    const startedAt = Date.now();
    await alone.revoke(user);
    expect((await client.next("session:closed")).code).toBe("session_revoked");
    expect(Date.now() - startedAt).toBeLessThan(1_000 + BUSY_MS);
    await alone.close();
  });
});
