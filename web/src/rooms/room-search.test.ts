import type { FoundMessages } from "@moim/client";
import { beforeEach, expect, test, vi } from "vitest";
import { RoomSearch } from "./room-search.svelte.ts";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

test("what could not be found without a network is looked for once it is back, and only that", async () => {
  const asked: string[] = [];
  const offline = new Set(["messages"]);
  const ask = async (what: string) => {
    asked.push(what);
    if (offline.has(what)) throw new Error("offline");
  };
  const search = new RoomSearch({
    searchUsers: () => ask("people").then(() => []),
    searchMessages: () =>
      ask("messages").then(() => ({ messages: [], nextCursor: "more" }) satisfies FoundMessages),
  });
  search.type("umbrella");
  await vi.runAllTimersAsync();
  expect([search.people.state, search.messages.state]).toEqual(["found", "failed"]);
  offline.clear();
  search.tryAgain();
  expect(search.messages.state).toBe("searching");
  await vi.runAllTimersAsync();
  expect([search.messages.state, search.hasMoreMessages]).toEqual(["found", true]);
  search.tryAgain();
  await vi.runAllTimersAsync();
  expect(asked).toEqual(["people", "messages", "messages"]);
});
