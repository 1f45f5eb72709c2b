import { beforeEach, expect, test, vi } from "vitest";
import { Announcements } from "./announcements.svelte.ts";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

/** Somebody listens; names come when the test says so. */
function scene() {
  const names = new Map<string, string>();
  const asked: { userId: string; resolve: () => void }[] = [];
  const announcements = new Announcements({
    nameIsKnown: (userId) =>
      new Promise((resolve) => {
        if (names.has(userId)) resolve();
        else asked.push({ userId, resolve });
      }),
    nameOf: (userId) => names.get(userId) ?? "…",
  });
  const heard = async () => {
    await vi.advanceTimersByTimeAsync(0);
    return announcements.lines.map(({ text }) => text);
  };
  const end = (userId: string, name?: string) => {
    if (name !== undefined) names.set(userId, name);
    for (const look of asked) if (look.userId === userId) look.resolve();
  };
  return { announcements, asked, heard, end };
}

test("a line waits for its author's name, and the lines after it for their turn", async () => {
  const { announcements, asked, heard, end } = scene();
  announcements.say({ authorId: "mina", text: "yes" });
  announcements.say({ authorId: "joon", text: "no" });
  announcements.say({ authorId: "mina", text: "yes" });
  const lookedUp = asked.map(({ userId }) => userId);
  expect(lookedUp, "all at once").toEqual(["mina", "joon", "mina"]);
  end("joon", "June");
  expect(await heard()).toEqual([]);
  end("mina", "Mina");
  expect(await heard()).toEqual(["Mina: yes", "June: no", "Mina: yes"]);
});

test("a name that does not come keeps nobody from hearing what was said", async () => {
  const { announcements, heard, end } = scene();
  announcements.say({ authorId: "mina", text: "yes" });
  end("mina");
  expect(await heard()).toEqual(["…: yes"]);
});

test("what has been read out is in nobody's way for long", async () => {
  const { announcements, heard, end } = scene();
  end("mina", "Mina");
  announcements.say({ authorId: "mina", text: "one" });
  expect(await heard()).toEqual(["Mina: one"]);
  await vi.advanceTimersByTimeAsync(15_000);
  announcements.say({ authorId: "mina", text: "two" });
  expect(await heard()).toEqual(["Mina: one", "Mina: two"]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await heard()).toEqual(["Mina: two"]);
});
