import { randomUUID } from "node:crypto";
import { type RunningRedis, startRedis } from "@moim/local";
import { LIMITS } from "@moim/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestClient } from "./support/client.ts";
import { at, startWorld, type World } from "./support/nodes.ts";

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

/** All at once, without waiting for answers. */
function sendMany(client: TestClient, roomId: string, count: number) {
  return Array.from({ length: count }, (_, index) =>
    client.ask("message:send", { roomId, clientId: randomUUID(), text: `n${index}` }),
  );
}

describe("the rate of a user's sends", () => {
  it("holds over all sockets and nodes, and every refusal says when to come back", async () => {
    const { roomId, users, clients } = await world.group(2);
    const elsewhere = await world.connect(at(users, 0), 1);
    const again = await world.connect(at(users, 0), 0);
    const startedAt = Date.now();
    const answers = await Promise.all(
      [at(clients, 0), elsewhere, again].flatMap((client) => sendMany(client, roomId, 30)),
    );
    const seconds = (Date.now() - startedAt) / 1_000;
    const stored = answers.filter((answer) => answer.ok).length;
    expect(stored).toBeGreaterThanOrEqual(LIMITS.sendsBurst);
    // One send of each node may have gone ahead of its charge; it is owed, not given.
    const gained = Math.ceil(seconds * LIMITS.sendsPerSecond);
    expect(stored).toBeLessThanOrEqual(LIMITS.sendsBurst + gained + world.nodes.length);
    for (const answer of answers) {
      if (answer.ok) continue;
      expect(answer.error).toMatchObject({ code: "rate_limited", retryable: true });
      expect(answer.error.retryAfterMs).toBeGreaterThan(0);
      expect(answer.error.retryAfterMs).toBeLessThan(1_000);
    }
    const other = at(clients, 1);
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
