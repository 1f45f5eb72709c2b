import { afterAll, beforeAll, expect, it } from "vitest";
import { waitingForLocks } from "./support/locks.ts";
import { at, startWorld, type World } from "./support/nodes.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ environment: { DATABASE_CONNECTIONS: "2" } });
});
afterAll(() => world.close());

it("a send does not wait for those who read, though these hold every connection that they have", async () => {
  const { roomId, users, clients } = await world.group(2);
  const [reader, sender] = [at(clients, 0), at(clients, 1)];
  const stillWaiting = async () => {
    const blocker = await world.pool.connect();
    let watched: Promise<unknown> | undefined;
    try {
      await blocker.query("BEGIN");
      // One connection waits with the revocations, which are read all the time, one with the watch.
      await blocker.query("LOCK TABLE chat.last_seen, auth.revocations IN ACCESS EXCLUSIVE MODE");
      watched = reader.ask("presence:watch", { userIds: [at(users, 1).userId] });
      const waiting = () => waitingForLocks(world.pool);
      await expect.poll(waiting, { interval: 20 }).toBe(2);
      expect((await sender.send(roomId, "through")).text).toBe("through");
      return await waiting();
    } finally {
      await blocker.query("ROLLBACK");
      blocker.release();
      await watched;
    }
  };
  // Stored while both still wait, which is for 2.9 s: where a busy machine takes longer for all this, once more.
  await expect.poll(stillWaiting).toBe(2);
});
