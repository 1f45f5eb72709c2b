import type { User } from "@moim/protocol";
import { describe, expect, test } from "vitest";
import { USERS_FRESH_MS, USERS_REFRESH_EVERY_MS, USERS_REFRESH_SPREAD_MS } from "../bounds.ts";
import { MoimError } from "../moim-error.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { UserCache } from "./user-cache.ts";

const user = (id: string): User => ({ id, nickname: id, name: id, bio: "", avatarUrl: null });

function cacheWith(fetchUsers: (ids: readonly string[]) => Promise<readonly User[]>) {
  const clock = new ManualClock();
  const asked: string[][] = [];
  const cache = new UserCache({
    clock,
    random: () => 0.5,
    onLearned: () => {},
    fetchUsers: (ids) => {
      asked.push([...ids]);
      return fetchUsers(ids);
    },
  });
  return { cache, clock, asked };
}

describe("users by id", () => {
  test("many are asked for together and each once; unknown ones stay null", async () => {
    const { cache, clock, asked } = cacheWith(async (ids) =>
      ids.filter((id) => id !== "unknown").map(user),
    );
    const seen: (string | null)[] = [];
    cache.get("a").subscribe((value) => seen.push(value?.nickname ?? null));
    cache.get("a");
    cache.get("unknown");
    await clock.advance(20);
    expect(asked).toEqual([["a", "unknown"]]);
    expect(seen).toEqual([null, "a"]);
    expect(cache.get("unknown").current).toBeNull();
    await clock.advance(1_000);
    expect(asked).toHaveLength(1);
  });

  test("more than a request may hold are asked for in several", async () => {
    const { cache, clock, asked } = cacheWith(async (ids) => ids.map(user));
    for (let count = 0; count < 250; count++) cache.get(`user ${count}`);
    await clock.advance(20);
    expect(asked.map((ids) => ids.length)).toEqual([100, 100, 50]);
  });

  test("a failure that passes is repeated", async () => {
    let failures = 2;
    const { cache, clock } = cacheWith(async (ids) => {
      if (failures-- > 0) throw new MoimError("unavailable", "no answer");
      return ids.map(user);
    });
    const held = cache.get("a");
    await clock.advance(5_000);
    expect(held.current?.id).toBe("a");
  });

  test("the longest unused are dropped, never those that somebody watches", async () => {
    const { cache, clock, asked } = cacheWith(async (ids) => ids.map(user));
    const watched = cache.get("watched");
    watched.subscribe(() => {});
    cache.get("unwatched");
    await clock.advance(20);
    cache.learn(Array.from({ length: 2_000 }, (_, index) => user(`user ${index}`)));
    expect(cache.get("watched")).toBe(watched);
    cache.get("unwatched");
    await clock.advance(20);
    expect(asked).toEqual([["watched", "unwatched"], ["unwatched"]]);
  });
});

describe("what changes of a user", () => {
  /** Answers with the name that the user has by then. */
  function renaming() {
    let name = "before";
    const held = cacheWith(async (ids) => ids.map((id) => ({ ...user(id), name })));
    const rename = () => {
      name = "after";
    };
    return { ...held, rename };
  }

  test("is seen in time by whoever watches; of those that nobody watches nothing is asked", async () => {
    const { cache, clock, asked, rename } = renaming();
    const names: (string | undefined)[] = [];
    cache.get("watched").subscribe((value) => names.push(value?.name));
    cache.get("unwatched");
    await clock.advance(20);
    rename();
    await clock.advance(USERS_REFRESH_EVERY_MS + 20);
    expect(names).toEqual([undefined, "before", "after"]);
    expect(asked).toEqual([["watched", "unwatched"], ["watched"]]);
    await clock.advance(10 * USERS_REFRESH_EVERY_MS);
    expect(asked.slice(2), "again and again").toEqual(
      Array.from({ length: 10 }, () => ["watched"]),
    );
    expect(names, "and told only what is new").toHaveLength(3);
  });

  test("is seen at once where somebody looks, unless the answer is young", async () => {
    const { cache, clock, asked, rename } = renaming();
    const held = cache.get("a");
    held.subscribe(() => {});
    await clock.advance(20);
    rename();
    cache.refreshSoon();
    await clock.advance(USERS_FRESH_MS);
    expect(asked, "young").toHaveLength(1);
    for (let count = 0; count < 100; count++) cache.refreshSoon();
    await clock.advance(USERS_REFRESH_SPREAD_MS);
    expect(held.current?.name).toBe("after");
    expect(asked, "once, however often one looks").toHaveLength(2);
  });

  test("more than a request may hold are asked for again in several, and none after the end", async () => {
    const { cache, clock, asked } = renaming();
    for (let count = 0; count < 250; count++) cache.get(`user ${count}`).subscribe(() => {});
    await clock.advance(20);
    await clock.advance(USERS_REFRESH_EVERY_MS + 20);
    expect(asked.slice(3).map((ids) => ids.length)).toEqual([100, 100, 50]);
    cache.stop();
    await clock.advance(10 * USERS_REFRESH_EVERY_MS);
    expect(asked).toHaveLength(6);
    expect(clock.timersWaiting).toBe(0);
  });
});
