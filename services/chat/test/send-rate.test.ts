import { type RunningRedis, startRedis } from "@moim/local";
import { LIMITS } from "@moim/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at, startWorld, type World } from "./support/nodes.ts";
import { FLOOD_INTERVAL_MS, flood, sendMany } from "./support/sends.ts";

let redis: RunningRedis;
let world: World;
beforeEach(async () => {
  redis = await startRedis();
  world = await startWorld({ nodes: 2, redisUrl: redis.url });
});
afterEach(async () => {
  await world.close();
  await redis.stop();
});

describe("the rate of a user's sends", () => {
  it("holds over all sockets and nodes, and every refusal says when to come back", async () => {
    const attempt = async () => {
      const { roomId, users, clients } = await world.group(2);
      const elsewhere = await world.connect(at(users, 0), 1);
      const again = await world.connect(at(users, 0), 0);
      const devices = [at(clients, 0), elsewhere, again];
      const flooded = await flood(devices, { roomId, each: 30, nodes: world.nodes.length });
      return { ...flooded, roomId, other: at(clients, 1) };
    };
    const attempts: Awaited<ReturnType<typeof attempt>>[] = [];
    const excess = async () => {
      attempts.unshift(await attempt());
      return at(attempts, 0).excess;
    };
    await expect.poll(excess, { interval: FLOOD_INTERVAL_MS }).toBeLessThanOrEqual(0);
    const { answers, stored, roomId, other } = at(attempts, 0);
    expect(stored).toBeGreaterThanOrEqual(LIMITS.sendsBurst);
    for (const answer of answers) {
      if (answer.ok) continue;
      expect(answer.error).toMatchObject({ code: "rate_limited", retryable: true });
      expect(answer.error.retryAfterMs).toBeGreaterThan(0);
      expect(answer.error.retryAfterMs).toBeLessThan(1_000);
    }
    expect((await other.send(roomId, "the neighbour has a bucket of their own")).seq).toBe(
      stored + 2,
    );
  });

  it("keeps the order in which one socket sent, while they wait for the shared bucket", async () => {
    const { roomId, clients } = await world.group(2);
    const answers = await Promise.all(sendMany(at(clients, 0), roomId, LIMITS.sendsBurst));
    expect(
      answers.map((answer) => (answer.ok ? answer.data.message.text : answer.error.code)),
    ).toEqual(answers.map((_, index) => `n${index}`));
    const seqs = answers.flatMap((answer) => (answer.ok ? [answer.data.message.seq] : []));
    expect(seqs).toEqual(seqs.map((_, index) => index + 2));
  });

  it("is each node's own while Redis does not answer, and nothing waits for it", async () => {
    const { roomId, users, clients } = await world.group(2);
    const elsewhere = await world.connect(at(users, 0), 1);
    process.kill(redis.pid, "SIGSTOP");
    try {
      const startedAt = Date.now();
      const answers = await Promise.all(
        [at(clients, 0), elsewhere].flatMap((client) => sendMany(client, roomId, 40)),
      );
      const seconds = (Date.now() - startedAt) / 1_000;
      const stored = answers.filter((answer) => answer.ok).length;
      expect(stored).toBeGreaterThanOrEqual(2 * LIMITS.sendsBurst);
      const gained = Math.ceil(seconds * LIMITS.sendsPerSecond);
      expect(stored).toBeLessThanOrEqual(2 * (LIMITS.sendsBurst + gained));
    } finally {
      process.kill(redis.pid, "SIGCONT");
    }
  });
});
