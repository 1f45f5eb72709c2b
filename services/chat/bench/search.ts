import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { connectPostgres, createLogger, migrateDatabase, runMain } from "@moim/service";
import pg from "pg";
import { MESSAGES_PER_SEARCH } from "../src/handle/search.ts";
import { appendMessages, type Send } from "../src/persist/append-messages.ts";
import { Database } from "../src/persist/database.ts";
import { type SearchCursor, searchMessages } from "../src/persist/search-messages.ts";
import { type BenchRoom, makeRooms, startBenchDatabase } from "./bench-database.ts";
import { LARGE, RARE_WORD, type Seeded, seedDatabase, WORDS } from "./seed-database.ts";
import { median } from "./statistics.ts";
import { TEXT_INDEXES, type TextIndex } from "./text-indexes.ts";

/*
 * Search without a text index, as it is, beside indexes on texts: what a search takes, and what
 * sending pays for the index, at a million messages in 10,000 rooms.
 */

const QUERIES = ["ㅋ", "ㅋㅋ", "회의", "제주도", RARE_WORD, "없는말"];
const SEARCHES = 5;
const GROUP = 500;
const GROUPS = 30;
const ROUNDS = 4;

const logger = createLogger({ service: "bench" }, "error", process.stderr);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < SEARCHES; count++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

function firstPage(database: Database, userId: string, query: string, after: SearchCursor | null) {
  const search = { query, roomId: undefined, after, limit: 50, messagesMax: MESSAGES_PER_SEARCH };
  return searchMessages(database, userId, { ...search, leftMs: () => 60_000 });
}

/** Pages until the end of what the person may see. */
async function pagesOf(database: Database, userId: string, query: string): Promise<number> {
  let pages = 0;
  let after: SearchCursor | null = null;
  do {
    after = (await firstPage(database, userId, query, after)).next;
    pages++;
  } while (after);
  return pages;
}

async function searchWithoutIndex(pool: pg.Pool, seeded: Seeded): Promise<void> {
  const database = new Database(pool);
  print("no text index: ms to the first page of 50 (usual person, heavy person)");
  for (const query of QUERIES) {
    const usual = await medianMs(() => firstPage(database, seeded.usual, query, null));
    const heavy = await medianMs(() => firstPage(database, seeded.heavy, query, null));
    print(`  ${query}\t${usual.toFixed(1)}\t${heavy.toFixed(1)}`);
  }
  const pages = await pagesOf(database, seeded.heavy, "없는말");
  print(`  pages until a heavy person knows that nobody said a word: ${pages}`);
}

async function searchByIndex(pool: pg.Pool, seeded: Seeded, index: TextIndex): Promise<void> {
  for (const query of QUERIES) {
    const times: string[] = [];
    for (const userId of [seeded.usual, seeded.heavy]) {
      const ms = await medianMs(async () => {
        await pool.query(index.search, [userId, `%${query}%`, index.termsOf(query)]);
      }).catch((error: unknown) => {
        if (error instanceof pg.DatabaseError && error.code === "57014") return Number.NaN;
        throw error;
      });
      times.push(Number.isNaN(ms) ? "over 2.9 s" : ms.toFixed(1));
    }
    print(`  ${query}\t${times.join("\t")}`);
  }
}

/** Messages per second in full groups: the best round, as other work on the machine only slows. */
async function sendRate(pool: pg.Pool): Promise<number> {
  const database = new Database(pool);
  const rooms = await makeRooms(pool, 50, 20);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    for (let group = 0; group < GROUPS; group++) {
      await appendMessages(
        database,
        Array.from({ length: GROUP }, () => newSend(rooms)),
      );
    }
    rates.push((GROUPS * GROUP * 1_000) / (performance.now() - startedAt));
  }
  return Math.max(...rates);
}

function newSend(rooms: readonly BenchRoom[]): Send {
  const room = oneOf(rooms);
  return {
    roomId: room.roomId,
    senderId: oneOf(room.userIds),
    clientId: randomUUID(),
    text: Array.from({ length: 5 }, () => oneOf(WORDS)).join(" "),
    replyTo: null,
  };
}

function oneOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
}

/** On a connection without time-outs: building an index takes longer than any query may. */
async function administer(url: string, statements: readonly string[]): Promise<number> {
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  const startedAt = performance.now();
  try {
    for (const statement of statements) await connection.query(statement);
  } finally {
    await connection.end();
  }
  return (performance.now() - startedAt) / 1_000;
}

async function sizeOf(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ size: string }>(
    "SELECT pg_size_pretty(pg_relation_size('chat.text_index')) AS size",
  );
  return rows[0]?.size ?? "";
}

/** By the C library's rules: by Postgres's own, pg_trgm takes no Hangul for letters. */
async function createTrigramDatabase(serverUrl: string): Promise<string> {
  await administer(serverUrl, [
    "CREATE DATABASE search TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C.UTF-8'",
  ]);
  const url = new URL(serverUrl);
  url.pathname = "/search";
  const folder = fileURLToPath(new URL("../drizzle", import.meta.url));
  await migrateDatabase({ url: url.href, folder, schema: "chat" });
  return url.href;
}

async function measure(url: string, pool: pg.Pool): Promise<void> {
  const seeded = await seedDatabase(url, LARGE);
  await searchWithoutIndex(pool, seeded);
  for (const index of TEXT_INDEXES) {
    const without = Math.round(await sendRate(pool));
    const seconds = await administer(url, [...index.create, "ANALYZE chat.messages"]);
    print(`\n${index.name}: built in ${seconds.toFixed(1)} s, ${await sizeOf(pool)}`);
    await searchByIndex(pool, seeded, index);
    print(`  sends/s: ${Math.round(await sendRate(pool))}, just before without it: ${without}`);
    await administer(url, ["DROP INDEX chat.text_index"]);
  }
}

runMain(async () => {
  const bench = await startBenchDatabase(logger);
  try {
    const url = await createTrigramDatabase(bench.url);
    const pool = connectPostgres({
      url,
      applicationName: "moim-bench",
      connectionsMax: 10,
      logger,
    });
    await measure(url, pool).finally(() => pool.end());
  } finally {
    await bench.stop();
  }
});
