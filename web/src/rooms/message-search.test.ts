import type { FoundMessages } from "@moim/client";
import { beforeEach, expect, test, vi } from "vitest";
import { MessageSearch } from "./message-search.svelte.ts";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

const found = (...seqs: number[]) => ({
  messages: seqs.map((seq) => ({ seq })),
  nextCursor: null,
});

/** A search in a room, and the answers that it will get. */
function scene(...answers: (ReturnType<typeof found> | Error)[]) {
  const asked: string[] = [];
  const searchMessages = async ({ query }: { query: string }) => {
    asked.push(query);
    const answer = answers.shift() ?? found();
    if (answer instanceof Error) throw answer;
    return answer as unknown as FoundMessages;
  };
  return { asked, search: new MessageSearch({ searchMessages }, "room") };
}

test("what could not be searched without a network is searched once it is back", async () => {
  const { asked, search } = scene(new Error("offline"), found(7));
  search.type("umbrella");
  await vi.runAllTimersAsync();
  expect(search.phase).toBe("failed");
  search.tryAgain();
  expect(search.phase).toBe("searching");
  await vi.runAllTimersAsync();
  expect([search.phase, search.found.map(({ seq }) => seq)]).toEqual(["found", [7]]);
  search.tryAgain();
  await vi.runAllTimersAsync();
  expect(asked).toEqual(["umbrella", "umbrella"]);
});

test("Enter before the answer is there leads to the first of it once it is, and only to that", async () => {
  const { search } = scene(found(3), found(9, 7), found(), new Error("offline"), found(5));
  const visited: number[] = [];
  const enter = () => search.goToFirst(({ seq }) => visited.push(seq));
  search.type("umbr");
  await vi.runAllTimersAsync();
  search.type("umbrella");
  enter();
  expect(visited, "not to what answers something else").toEqual([]);
  await vi.runAllTimersAsync();
  expect(visited).toEqual([9]);
  enter();
  expect(visited, "at once where the answer is there").toEqual([9, 9]);
  search.type("nothing");
  enter();
  await vi.runAllTimersAsync();
  search.type("later");
  enter();
  await vi.runAllTimersAsync();
  expect(visited, "there was nothing").toEqual([9, 9]);
  search.tryAgain();
  await vi.runAllTimersAsync();
  expect(visited, "what failed was told, and is forgotten").toEqual([9, 9]);
  enter();
  expect(visited).toEqual([9, 9, 5]);
});

test("who types on after Enter, or goes elsewhere, is led nowhere by a late answer", async () => {
  const { search } = scene(found(3), found(4));
  const visited: number[] = [];
  const enter = () => search.goToFirst(({ seq }) => visited.push(seq));
  search.type("umbr");
  enter();
  search.type("umbrella");
  await vi.runAllTimersAsync();
  search.type("umbrellas");
  enter();
  search.stay();
  await vi.runAllTimersAsync();
  expect([search.phase, visited]).toEqual(["found", []]);
});
