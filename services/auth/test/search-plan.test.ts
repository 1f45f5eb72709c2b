import { drizzle } from "drizzle-orm/node-postgres";
import { beforeAll, describe, expect, it } from "vitest";
import { searchUsers } from "../src/accounts/store.ts";
import { useAuthServer } from "./auth-server.ts";

const server = useAuthServer();
const USERS = 20_000;
/** Made with one statement: the service's own limit on a statement holds here, too. */
const STEP = 1_000;
const NOBODY = "00000000-0000-7000-8000-000000000000";

/** Names as people have them: three syllables, of which the first is one of a few. */
beforeAll(async () => {
  for (let from = 1; from <= USERS; from += STEP) {
    await server().pool.query(
      `INSERT INTO auth.users (id, email, nickname, name, created_at)
       SELECT gen_random_uuid(), i || '@example.org', 'user_' || to_hex(i),
         substr('김이박최정강조윤장임', 1 + i % 10, 1) || chr(44032 + i * 7 % 11000) || chr(44032 + i * 13 % 11000),
         now()
       FROM generate_series($1::int, $2::int) i`,
      [from, from + STEP - 1],
    );
  }
  await server().pool.query("ANALYZE auth.users");
});

async function planOf(query: string): Promise<string> {
  const { sql, params } = searchUsers(
    drizzle({ client: server().pool }),
    query,
    NOBODY,
    20,
  ).toSQL();
  const { rows } = await server().pool.query(`EXPLAIN (ANALYZE, COSTS off) ${sql}`, params);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

async function anyName(): Promise<string> {
  const { rows } = await server().pool.query("SELECT name FROM auth.users ORDER BY email LIMIT 1");
  return rows[0].name;
}

describe("a search among many", () => {
  it("reads by index what it finds, from one syllable on", async () => {
    const name = await anyName();
    for (const query of [name.slice(1, 2), name.slice(1), name, "USER_4e1", "e1f"]) {
      const plan = await planOf(query);
      expect(plan, query).toContain("users_search_grams");
      expect(plan, query).not.toContain("Seq Scan");
    }
  });

  it("finds the same as looking at everybody would", async () => {
    const database = drizzle({ client: server().pool });
    const name = await anyName();
    for (const query of [
      name.slice(1, 2),
      name.slice(1),
      name,
      "er_4e1",
      "E1F",
      "없는이름",
      "r u",
    ]) {
      const found = await searchUsers(database, query, NOBODY, USERS);
      const { rows } = await server().pool.query(
        "SELECT id FROM auth.users WHERE strpos(lower(nickname), $1) > 0 OR strpos(lower(name), $1) > 0",
        [query.toLowerCase()],
      );
      const ids = (users: readonly { id: string }[]) => users.map(({ id }) => id).sort();
      expect(ids(found), query).toEqual(ids(rows));
    }
  });
});
