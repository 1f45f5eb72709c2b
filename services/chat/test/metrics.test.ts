import { randomUUID } from "node:crypto";
import { type RunningRedis, startRedis } from "@moim/local";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClient } from "./support/client.ts";
import { metric, metricsOf } from "./support/metric.ts";
import { at, startWorld, urlOf, type World } from "./support/nodes.ts";
import { BUSY_MS } from "./support/patience.ts";

const HELD_UP_MS = 500;
const REDIS_PAUSE_MS = 1_000;
/** So long a node that got no answer from Redis counts sends by itself. */
const ALONE_MS = 1_000;

let redis: RunningRedis;
let world: World;
beforeAll(async () => {
  redis = await startRedis();
  world = await startWorld({
    nodes: 2,
    redisUrl: redis.url,
    environment: { TOKEN_GRACE_MS: "200", LOG_LEVEL: "debug" },
  });
});
afterAll(async () => {
  await world.close();
  await redis.stop();
});

const seen = (line: string, node = 0) => metric(urlOf(world.nodes, node), line);

describe("what a node counts", () => {
  it("is there for a send, its repeat, its delivery, and what was caught up with", async () => {
    const { roomId, clients } = await world.group(2);
    const request = { roomId, clientId: randomUUID(), text: "counted" };
    const { message } = await at(clients, 0).get("message:send", request);
    await at(clients, 0).get("message:send", request);
    await at(clients, 1).change(roomId, message.rev);
    await at(clients, 1).get("room:sync", { rooms: [{ roomId, rev: 0 }] });
    expect(await seen("moim_connections")).toBe(1);
    expect(await seen('moim_events_total{event="message:send",outcome="ok"}')).toBe(2);
    expect(await seen("moim_messages_total")).toBe(1);
    expect(await seen("moim_duplicates_total")).toBe(1);
    expect(await seen("moim_commit_size_count")).toBeGreaterThanOrEqual(2);
    expect(await seen("moim_commit_seconds_sum")).toBeGreaterThan(0);
    for (const node of [0, 1]) {
      expect(await seen("moim_deliveries_total", node)).toBeGreaterThanOrEqual(1);
    }
    const lag = "moim_delivery_lag_seconds";
    expect(await seen(`${lag}_count{from="own"}`, 0)).toBeGreaterThanOrEqual(1);
    expect(await seen(`${lag}_count{from="other"}`, 0)).toBe(0);
    expect(await seen(`${lag}_count{from="other"}`, 1)).toBeGreaterThanOrEqual(1);
    expect(await seen(`${lag}_count{from="own"}`, 1)).toBe(0);
    expect(await seen("moim_gaps_healed_total", 1)).toBe(1);
  });

  it("measures delivery from the commit on, not from when the message was numbered", async () => {
    const { roomId, clients } = await world.group(2);
    const sums = () =>
      Promise.all([
        seen('moim_delivery_lag_seconds_sum{from="own"}', 0),
        seen('moim_delivery_lag_seconds_sum{from="other"}', 1),
      ]);
    const before = await sums();
    // The message's time is taken before this lock is waited for, and the commit follows it.
    const blocker = await world.pool.connect();
    await blocker.query("BEGIN");
    await blocker.query("SELECT 1 FROM chat.members WHERE room_id = $1 FOR UPDATE", [roomId]);
    const sending = at(clients, 0).send(roomId, "held up for half a second");
    await new Promise((resolve) => setTimeout(resolve, HELD_UP_MS));
    const releasedAt = Date.now();
    await blocker.query("ROLLBACK");
    blocker.release();
    const message = await sending;
    await at(clients, 1).change(roomId, message.rev);
    const seconds = (Date.now() - releasedAt) / 1_000;
    const after = await sums();
    for (const [node, sum] of after.entries()) {
      expect(sum - at(before, node)).toBeLessThan(seconds + HELD_UP_MS / 2_000);
    }
  });

  it("is there for presence", async () => {
    const { users, clients } = await world.group(2);
    await at(clients, 0).get("presence:watch", { userIds: [at(users, 1).userId] });
    expect(await seen("moim_presence_watchers", 0)).toBe(1);
    expect(await seen("moim_presence_watchers", 1)).toBe(0);
    // Nobody has gone by now: as many users as sockets, most of them known by hearsay.
    const sockets = (await seen("moim_connections", 0)) + (await seen("moim_connections", 1));
    await expect.poll(() => seen("moim_presence_users_online", 1)).toBe(sockets);
    for (const direction of ["sent", "received"]) {
      const line = `moim_presence_announcements_total{direction="${direction}"}`;
      expect(await seen(line, 1)).toBeGreaterThanOrEqual(1);
    }
  });

  it("is there for an event loop that was held up", async () => {
    await seen("nodejs_eventloop_lag_max_seconds"); // Each look begins anew, with the next tick.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const endsAt = Date.now() + 200;
    while (Date.now() < endsAt);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await seen("nodejs_eventloop_lag_max_seconds")).toBeGreaterThan(0.1);
  });

  it("is there for sends that wait for their user's shared rate", async () => {
    const pausing = new Redis(redis.url);
    const waiting = () => seen("moim_rate_queue_length");
    // They wait for no longer than 100 ms, in which a busy machine may let nobody look.
    const mostThatWait = async () => {
      const { roomId, clients } = await world.group(1);
      await pausing.call("CLIENT", "PAUSE", String(REDIS_PAUSE_MS), "ALL");
      let isOver = false;
      const sends = ["first", "second", "third"].map((text) => at(clients, 0).send(roomId, text));
      void Promise.allSettled(sends).then(() => {
        isOver = true;
      });
      let most = 0;
      while (!isOver) most = Math.max(most, await waiting());
      await Promise.all(sends);
      return most;
    };
    await expect.poll(mostThatWait, { interval: ALONE_MS + 100 }).toBe(2);
    expect(await waiting()).toBe(0);
    pausing.disconnect();
  });

  it("is there for what was refused, by code", async () => {
    const client = await world.connect(world.issuer.newUser());
    await client.refused("room:get", {});
    await client.refused("room:get", { roomId: randomUUID() });
    await client.refused("x".repeat(100), {});
    const stranger = new TestClient(urlOf(world.nodes, 0), "no token");
    await stranger.refusal();
    stranger.close();
    expect(await seen('moim_events_total{event="room:get",outcome="bad_request"}')).toBe(1);
    expect(await seen('moim_events_total{event="room:get",outcome="not_found"}')).toBe(1);
    // A name that a client makes up must not make a time series.
    expect(await seen('moim_events_total{event="unknown",outcome="bad_request"}')).toBe(1);
    expect(await seen('moim_handshakes_refused_total{code="token_invalid"}')).toBe(1);
  });

  it("is there for tokens that run out and sessions that end", async () => {
    const expiring = await world.connect(world.issuer.newUser(), 0, { lifetimeMs: 1_000 });
    await expiring.next("session:closed");
    const user = world.issuer.newUser();
    const ending = await world.connect(user);
    await world.revoke(user);
    await ending.next("session:closed");
    // More of them where a busy machine let nobody in before the first token had run out.
    expect(await seen("moim_token_expiries_total")).toBeGreaterThanOrEqual(1);
    expect(await seen("moim_revocations_total")).toBe(1);
    expect(await seen("moim_revocation_seconds_count")).toBe(1);
    expect(await seen("moim_revocation_seconds_sum")).toBeLessThan(1 + BUSY_MS / 1_000);
    const expired = () => seen('moim_closed_total{code="token_expired"}');
    await expect.poll(expired).toBeGreaterThanOrEqual(1);
    expect(await seen('moim_closed_total{code="session_revoked"}')).toBe(1);
  });

  it("is there for what waits", async () => {
    const { roomId, clients } = await world.group(2);
    const blocker = await world.pool.connect();
    await blocker.query("BEGIN");
    await blocker.query("SELECT 1 FROM chat.rooms WHERE id = $1 FOR UPDATE", [roomId]);
    // The first is being committed, the others wait for the next commit.
    const first = at(clients, 0).send(roomId, "first");
    await expect.poll(() => seen("moim_events_under_way")).toBe(1);
    const others = [at(clients, 0).send(roomId, "second"), at(clients, 0).send(roomId, "third")];
    await expect.poll(() => seen("moim_commit_queue_length")).toBe(2);
    expect(await seen("moim_events_under_way")).toBe(3);
    await blocker.query("ROLLBACK");
    blocker.release();
    await Promise.all([first, ...others]);
    expect(await seen("moim_events_under_way")).toBe(0);
    const text = await metricsOf(urlOf(world.nodes, 0));
    for (const name of [
      "moim_rate_queue_length",
      "moim_backlog_bytes",
      "moim_backlog_bytes_largest",
      "moim_backlog_packets",
      "nodejs_eventloop_lag_seconds",
    ]) {
      expect(text).toMatch(new RegExp(`^${name} [0-9]`, "m"));
    }
  });

  it("is there for announcements that were lost and what was done about it", async () => {
    const { roomId, clients } = await world.group(2);
    await world.pool.query(
      `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, client_id, text, created_at)
       VALUES ($1, 2, 2, 'text', gen_random_uuid(), gen_random_uuid(), 'lost', now())`,
      [roomId],
    );
    await world.pool.query("UPDATE chat.rooms SET last_seq = 2, rev = 2 WHERE id = $1", [roomId]);
    await at(clients, 0).next("room:head");
    expect(await seen("moim_heads_total")).toBeGreaterThanOrEqual(1);
    const { port } = redis;
    await redis.stop();
    await at(clients, 0).send(roomId, "while Redis is gone");
    await expect.poll(() => seen("moim_publish_failures_total")).toBeGreaterThanOrEqual(1);
    redis = await startRedis({ port });
    await at(clients, 0).next("resync");
    expect(await seen("moim_resyncs_total")).toBeGreaterThanOrEqual(1);
  });
});

describe("what a node logs", () => {
  it("is every handled event, with whose it was and of which room, without what was said", async () => {
    const { roomId, users, clients } = await world.group(1);
    const client = at(clients, 0);
    await client.send(roomId, "nobody reads this in a log");
    const token = await world.issuer.token(world.issuer.newUser());
    await client.refused("token:renew", { token });
    await client.refused("room:get", { roomId: "nobody reads this in a log" });
    const { logs } = at(world.nodes, 0);
    const handled = logs
      .map((line) => JSON.parse(line))
      .filter((line) => line.msg === "event handled" && line.userId === at(users, 0).userId);
    const who = { ...at(users, 0), socketId: client.socket.id, level: "debug", service: "chat" };
    expect(handled.slice(-3)).toMatchObject([
      {
        ...who,
        node: expect.stringMatching(/^chat-/),
        event: "message:send",
        roomId,
        outcome: "ok",
      },
      { ...who, event: "token:renew", outcome: "token_invalid" },
      { ...who, event: "room:get", outcome: "bad_request" },
    ]);
    expect(handled.at(-1)).not.toHaveProperty("roomId");
    expect(logs.join("\n")).not.toContain("nobody reads this in a log");
    expect(logs.join("\n")).not.toContain("eyJ");
  });

  it("is who came and who went, as JSON, without tokens and texts", async () => {
    const user = world.issuer.newUser();
    const client = await world.connect(user);
    const { id } = client.socket;
    client.close();
    const linesOf = (message: string) =>
      at(world.nodes, 0)
        .logs.map((line) => JSON.parse(line))
        .filter((entry) => entry.msg === message && entry.userId === user.userId);
    await expect.poll(() => linesOf("connection closed")).toHaveLength(1);
    const who = { ...user, socketId: id, level: "info", service: "chat" };
    expect(linesOf("connection accepted")).toEqual([
      expect.objectContaining({ ...who, node: expect.stringMatching(/^chat-/) }),
    ]);
    expect(linesOf("connection closed")).toEqual([
      expect.objectContaining({ ...who, reason: "client namespace disconnect" }),
    ]);
    const everything = world.nodes.flatMap((node) => node.logs).join("\n");
    expect(everything).not.toContain("eyJ");
    expect(everything).not.toContain("counted");
    expect(everything).not.toContain("while Redis is gone");
  });
});
