import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createDatabase, type TestDatabase } from "@moim/local";
import { migrateDatabase } from "@moim/service";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { type Seeded, seedDatabase } from "../bench/seed-database.ts";
import type { Context } from "../src/handle/context.ts";
import { list } from "../src/handle/rooms.ts";
import { type ExplainedDatabase, explainedDatabase, nodesOf } from "./support/explained.ts";
import { type HotQuery, hotQueries } from "./support/hot-queries.ts";

/*
 * Large enough that a plan which reads a whole table costs several times what one by index does: the
 * planner's choice is not near the edge, and the statistics of one ANALYZE or another do not matter.
 */
const SIZE = { messages: 120_000, rooms: 8_000, users: 2_500 };

let database: TestDatabase;
let pool: pg.Pool;
let seeded: Seeded;
let explained: ExplainedDatabase;
let queries: HotQuery[];

beforeAll(async () => {
  database = await createDatabase(inject("postgresUrl"));
  const folder = fileURLToPath(new URL("../drizzle", import.meta.url));
  await migrateDatabase({ url: database.url, folder, schema: "chat" });
  seeded = await seedDatabase(database.url, SIZE);
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  // Ended, it may still hear that its database goes.
  pool.on("error", () => {});
  explained = await explainedDatabase(database.url, { format: "json" });
  queries = await hotQueries(pool, seeded);
});
afterAll(async () => {
  await explained.close();
  await pool.end();
  await database.drop();
});

it("the hot queries read no table from end to end", async () => {
  const whole: string[] = [];
  for (const { name, run } of queries) {
    const statements = await explained.explain(run);
    expect(statements, name).not.toHaveLength(0);
    for (const { plan } of statements) {
      for (const node of nodesOf(plan)) {
        if (node["Node Type"] !== "Seq Scan") continue;
        whole.push(`${name}: ${node["Relation Name"]}`);
      }
    }
  }
  expect(whole).toEqual([]);
});

it("the hot queries find by index what they need, and hardly anything else", async () => {
  const wasted: string[] = [];
  for (const { name, run } of queries) {
    // A search looks at texts: most are not what is looked for.
    if (name.startsWith("search")) continue;
    for (const { plan } of await explained.explain(run)) {
      for (const node of nodesOf(plan)) {
        const removed = (node["Rows Removed by Filter"] ?? 0) * node["Actual Loops"];
        if (removed > 1_000) wasted.push(`${name}: ${node["Node Type"]} threw away ${removed}`);
      }
    }
  }
  expect(wasted).toEqual([]);
});

it("a long unread room is counted no further than anybody is shown", async () => {
  await pool.query("UPDATE chat.members SET read_seq = 0 WHERE user_id = $1", [seeded.heavy]);
  const context = { caller: { userId: seeded.heavy }, database: explained.database };
  const statements = await explained.explain(() => list({}, context as Context));
  const read = statements
    .flatMap(({ plan }) => nodesOf(plan))
    .filter(
      (node) => node["Relation Name"] === "messages" || node["Index Name"]?.startsWith("messages"),
    )
    .map((node) => node["Actual Rows"]);
  expect(read).not.toHaveLength(0);
  // Rows of one loop, on average: the room itself has thousands after the mark.
  expect(Math.max(...read)).toBeLessThanOrEqual(110);
});

it("a room list costs the same number of statements for 1 room and for 50", async () => {
  const context = { caller: { userId: seeded.heavy }, database: explained.database } as Context;
  const listed = async (limit: number) => {
    let rooms = 0;
    const statements = await explained.explain(async () => {
      rooms = (await list({ limit }, context)).rooms.length;
    });
    expect(rooms).toBe(limit);
    return statements.length;
  };
  expect(await listed(1)).toBe(3);
  expect(await listed(50)).toBe(3);
});

it("who writes most, as the operators' page asks it, is found in a part of the pages", async () => {
  const page = readFileSync(new URL("../../../docs/operating/abuse.md", import.meta.url), "utf8");
  const [, statement = ""] = /```sql\n(SELECT sender_id[^`]+)```/.exec(page) ?? [];
  await pool.query(
    "UPDATE chat.messages SET created_at = now() WHERE room_id IN (SELECT id FROM chat.rooms LIMIT 4000)",
  );
  const { rows } = await pool.query(statement.replace("(1)", "(20)"));
  expect(rows).toHaveLength(10);
  expect(Object.keys(rows[0])).toEqual(["sender_id", "messages", "written"]);
});
