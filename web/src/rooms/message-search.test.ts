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
