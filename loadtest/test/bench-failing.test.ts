import { readFileSync } from "node:fs";
import { startPostgres } from "@moim/local";
import { expect, it } from "vitest";
import { withCrowds } from "../bench/load.ts";
import { poolOf, withPool } from "../bench/servers/pool.ts";
import type { Server } from "../bench/servers/server.ts";

/** Processes that this one has begun and that have not ended. */
function children(): number {
  const own = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  return own.split(" ").filter(Boolean).length;
}

const nobody = { rooms: 0, members: 0, senders: 0 };

it("a case that fails leaves nobody behind who would disturb the next one", async () => {
  const before = children();
  const server = { makeRooms: async () => {} } as unknown as Server;
  let during = 0;
  const failing = withCrowds([server], nobody, async () => {
    during = children();
    throw new Error("a message was lost");
  });
  await expect(failing).rejects.toThrow("a message was lost");
  expect(during).toBeGreaterThan(before);
  expect(children()).toBe(before);
});

it("a crowd that does not come about leaves none of those before it behind, nor itself", async () => {
  const before = children();
  const server = { makeRooms: async () => {} } as unknown as Server;
  const broken = { makeRooms: () => Promise.reject(new Error("no rooms")) } as unknown as Server;
  const failing = withCrowds([server, broken], nobody, async () => {});
  await expect(failing).rejects.toThrow("no rooms");
  expect(children()).toBe(before);
});

it("a database that stops ends nothing but what asks it", async () => {
  const postgres = await startPostgres();
  const pool = poolOf(postgres.url, 2);
  await pool.query("SELECT 1");
  let control = pool;
  const failing = withPool(postgres.url, 2, async (other) => {
    control = other;
    await other.query("SELECT 1");
    await postgres.stop();
    await other.query("SELECT 1");
  });
  await expect(failing).rejects.toThrow();
  expect([control.ended, control.totalCount]).toEqual([true, 0]);
  await expect(pool.query("SELECT 1")).rejects.toThrow();
  await pool.end();
});
