import type { User } from "@moim/protocol";
import { beforeEach, expect, test, vi } from "vitest";
import { PeopleSearch } from "./people-search.svelte.ts";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

const MINA: User = { id: "mina", nickname: "mina", name: "Mina", avatarUrl: null, bio: "" };

/** A search among strangers, and the answers that it will get. */
function scene(...answers: (readonly User[] | Error)[]) {
  const asked: string[] = [];
  const searchUsers = async (query: string) => {
    asked.push(query);
    const answer = answers.shift() ?? [];
    if (answer instanceof Error) throw answer;
    return [...answer];
  };
  return { asked, search: new PeopleSearch({ searchUsers }, () => []) };
}

test("who could not be looked for without a network is looked for once it is back", async () => {
  const { asked, search } = scene(new Error("offline"), [MINA]);
  search.type("mina");
  await vi.runAllTimersAsync();
  expect([search.failure, search.isSearching]).toEqual([new Error("offline"), false]);
  search.tryAgain();
  expect([search.failure, search.isSearching]).toEqual([null, true]);
  await vi.runAllTimersAsync();
  expect(search.found).toEqual([MINA]);
  search.tryAgain();
  await vi.runAllTimersAsync();
  expect(asked, "once is enough").toEqual(["mina", "mina"]);
});

test("what has been typed since a failure is looked for by itself, and nothing else", async () => {
  const { asked, search } = scene(new Error("offline"));
  search.type("mina");
  await vi.runAllTimersAsync();
  search.type("joon");
  search.tryAgain();
  await vi.runAllTimersAsync();
  expect(asked).toEqual(["mina", "joon"]);
});
