import { fileURLToPath } from "node:url";
import { startPostgres } from "@moim/local";
import { connectPostgres, type Logger, migrateDatabase } from "@moim/service";
import type { Pool } from "pg";
import { v7 as uuidv7 } from "uuid";

/** As many as a chat node has by default. */
const CONNECTIONS = 10;

export type BenchDatabase = {
  url: string;
  pool: Pool;
  /** What decides whether a commit reaches the disk, as the server itself says. */
  durability: string;
  stop(): Promise<void>;
};

/** A new, migrated Postgres that really writes: `fsync` is on, unlike in tests. */
export async function startBenchDatabase(logger: Logger): Promise<BenchDatabase> {
  const postgres = await startPostgres({ settings: { fsync: "on", full_page_writes: "on" } });
  try {
    for (const schema of ["auth", "chat"]) {
      const folder = fileURLToPath(new URL(`../../${schema}/drizzle`, import.meta.url));
      await migrateDatabase({ url: postgres.url, folder, schema });
    }
    const pool = connectPostgres({
      url: postgres.url,
      applicationName: "moim-bench",
      connectionsMax: CONNECTIONS,
      logger,
    });
    return {
      url: postgres.url,
      pool,
      durability: await readDurability(pool),
      async stop() {
        await pool.end();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function readDurability(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ setting: string }>(
    `SELECT name || ' ' || setting AS setting FROM pg_settings
     WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name`,
  );
  return rows.map((row) => row.setting).join(", ");
}

export type BenchRoom = { roomId: string; userIds: string[] };

/** Groups of `size` members each. */
export async function makeRooms(pool: Pool, count: number, size: number): Promise<BenchRoom[]> {
  const rooms = Array.from({ length: count }, () => ({
    roomId: uuidv7(),
    userIds: Array.from({ length: size }, () => uuidv7()),
  }));
  await pool.query(
    `INSERT INTO chat.rooms (id, kind, created_by, creation_id, member_count)
     SELECT id, 'group', gen_random_uuid(), gen_random_uuid(), $2 FROM unnest($1::uuid[]) AS room (id)`,
    [rooms.map((room) => room.roomId), size],
  );
  await pool.query(
    `INSERT INTO chat.members (room_id, user_id, role)
     SELECT room_id, user_id, 'member' FROM unnest($1::uuid[], $2::uuid[]) AS member (room_id, user_id)`,
    [
      rooms.flatMap((room) => room.userIds.map(() => room.roomId)),
      rooms.flatMap((room) => room.userIds),
    ],
  );
  return rooms;
}
