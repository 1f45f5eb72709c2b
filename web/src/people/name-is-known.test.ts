import type { User } from "@moim/protocol";
import { beforeEach, expect, test, vi } from "vitest";
import { nameIsKnown } from "./name-is-known.ts";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

/** Somebody about whom the page is told when the test says so; and who listens to that. */
function scene(user: User | null) {
  const listeners = new Set<(user: User | null) => void>();
  const client = {
    user: () => ({
      current: user,
      subscribe: (listener: (user: User | null) => void) => {
        listeners.add(listener);
        listener(user);
        return () => void listeners.delete(listener);
      },
    }),
  };
  const state = { isOver: false };
  void nameIsKnown(client, "mina").then(() => {
    state.isOver = true;
  });
  const tell = (known: User) => {
    for (const listener of listeners) listener(known);
  };
  return { state, listeners, tell };
}

const MINA: User = { id: "mina", nickname: "mina", name: "Mina", avatarUrl: null, bio: "" };

test("a name that is known is waited for no longer, and nobody listens on", async () => {
  const { state, listeners } = scene(MINA);
  await vi.advanceTimersByTimeAsync(0);
  expect([state.isOver, listeners.size, vi.getTimerCount()]).toEqual([true, 0, 0]);
});

test("a name that comes is waited for, and one that does not, for a moment only", async () => {
  const comes = scene(null);
  const never = scene(null);
  await vi.advanceTimersByTimeAsync(1_499);
  expect([comes.state.isOver, never.state.isOver]).toEqual([false, false]);
  comes.tell(MINA);
  await vi.advanceTimersByTimeAsync(0);
  expect([comes.state.isOver, never.state.isOver]).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(1);
  expect([never.state.isOver, never.listeners.size]).toEqual([true, 0]);
});
