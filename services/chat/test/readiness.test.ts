import { type RunningRedis, startRedis, TcpProxy } from "@moim/local";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at, startWorld, urlOf, type World } from "./support/nodes.ts";
import { startStallingProxy } from "./support/stalling-proxy.ts";

/** Longer than a start takes otherwise, and shorter than a node waits for Redis. */
const WITHOUT_PUBLISHER_MS = 1_000;

let redis: RunningRedis;
let world: World;
beforeEach(async () => {
  redis = await startRedis();
  world = await startWorld({ redisUrl: redis.url });
});
afterEach(async () => {
  await world.close();
  await redis.stop();
});

async function statusOf(path: string): Promise<number> {
  return (await fetch(urlOf(world.nodes, 0) + path)).status;
}

describe("a node whose Redis answers nothing", () => {
  it("is not ready as long as nothing comes back, alive all the time, and ready again after", async () => {
    expect(await statusOf("/readyz")).toBe(200);
    process.kill(redis.pid, "SIGSTOP");
    try {
      await expect.poll(() => statusOf("/readyz")).toBe(503);
      const answer = await fetch(`${urlOf(world.nodes, 0)}/readyz`);
      expect(await answer.json()).toEqual({
        status: "unavailable",
        checks: { database: "ok", redis: expect.stringContaining("no echo") },
      });
      // Long enough for the node to connect anew, which proves nothing yet.
      for (let count = 0; count < 8; count++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        expect([await statusOf("/readyz"), await statusOf("/livez")]).toEqual([503, 200]);
      }
    } finally {
      process.kill(redis.pid, "SIGCONT");
    }
    await expect.poll(() => statusOf("/readyz")).toBe(200);
    const client = await world.connect(world.issuer.newUser());
    expect(client.all("session:ready")).toHaveLength(1);
  });
});

describe("a node that starts", () => {
  it("waits for its connection for publishing as well: its first word would be lost", async () => {
    const word = await startStallingProxy(redis.url);
    word.stall("moim-chat-publisher");
    let isReady = false;
    const starting = world.addNode({ REDIS_URL: word.url }).then(() => {
      isReady = true;
    });
    await new Promise((resolve) => setTimeout(resolve, WITHOUT_PUBLISHER_MS));
    expect(isReady).toBe(false);
    word.resume();
    await starting;
    await word.close();
  });
});

describe("a node whose connection for publishing looks open and takes nothing", () => {
  it("connects that one anew, and leaves its healthy subscription alone", async () => {
    const proxy = await TcpProxy.start(redis.url);
    const far = await startWorld({ nodes: 2, redisUrl: proxy.through(redis.url) });
    const { roomId, clients } = await far.group(2);
    proxy.freeze("moim-chat-publisher");
    await expect
      .poll(
        async () => {
          const { rev } = await at(clients, 0).send(roomId, "can you hear me?");
          await new Promise((resolve) => setTimeout(resolve, 200));
          return at(clients, 1).changes(roomId).at(-1)?.rev === rev;
        },
        { interval: 300 },
      )
      .toBe(true);
    for (const client of clients) expect(client.all("resync")).toEqual([]);
    await far.close();
    await proxy.stop();
  });
});
