import { randomUUID } from "node:crypto";
import { build, startMigratedPostgres, startRedis } from "@moim/local";
import { expect, test } from "vitest";
import { ask } from "../workload/truth.ts";
import { leftovers } from "./leftovers.ts";
import { askRedis } from "./sample.ts";

test("what is left behind is found, and nothing of what is alive", async () => {
  await build();
  const [postgres, redis] = await Promise.all([startMigratedPostgres(), startRedis()]);
  const [alive, empty, user] = [randomUUID(), randomUUID(), randomUUID()];
  const found = () => leftovers(postgres.url, redis.port);
  const query = (text: string, values: unknown[]) =>
    ask(postgres.url, (client) => client.query(text, values));
  const room = (id: string, memberCount: number) =>
    query(
      `INSERT INTO chat.rooms (id, kind, created_by, member_count) VALUES ($1, 'group', $2, $3)`,
      [id, user, memberCount],
    );
  const message = (roomId: string) =>
    query(
      `INSERT INTO chat.messages (room_id, seq, rev, kind, sender_id, created_at)
       VALUES ($1, 1, 1, 'text', $2, now())`,
      [roomId, user],
    );
  const change = (minutesAgo: number) =>
    query(
      `INSERT INTO chat.membership_changes (user_id, changed_at)
       VALUES ($1, now() - $2 * interval '1 minute')`,
      [user, minutesAgo],
    );

  await room(alive, 1);
  await query("INSERT INTO chat.members (room_id, user_id, role) VALUES ($1, $2, 'owner')", [
    alive,
    user,
  ]);
  await message(alive);
  await change(1);
  await askRedis(redis.port, "SET ends 1 PX 3600000");
  expect(await found()).toEqual([]);

  await room(empty, 0);
  await message(randomUUID());
  await change(13);
  await askRedis(redis.port, "SET endless 1");
  await askRedis(redis.port, "SET ends-late 1 PX 7200000");
  expect(await found()).toEqual([
    "1 messages of no room",
    "1 rooms that nobody is in",
    "1 changes of membership that nobody asks for any more",
    "keys in Redis without an end: endless ends-late",
  ]);
  await Promise.all([postgres.stop(), redis.stop()]);
});
