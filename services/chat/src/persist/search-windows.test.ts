import { expect, it } from "vitest";
import { planSearch, type SearchPlace } from "./search-windows.ts";

/** Rooms by the times of their messages; `asked` counts the questions to the database. */
function rooms(times: Record<string, number[]>) {
  const places = Object.entries(times).map(
    ([roomId, ofRoom]): SearchPlace => ({
      roomId,
      from: 1,
      upto: ofRoom.length,
      createdAt: Math.min(...ofRoom),
    }),
  );
  const scene = {
    places,
    asked: 0,
    plan: (messagesMax: number, before: number) =>
      planSearch(places, messagesMax, before, async (at) => {
        scene.asked++;
        return new Map(
          Object.entries(times).map(([roomId, ofRoom]) => [
            roomId,
            ofRoom.filter((time) => time < at).length,
          ]),
        );
      }),
  };
  return scene;
}

const every = (count: number, stepMs: number, startMs = 0) =>
  Array.from({ length: count }, (_, index) => startMs + index * stepMs);

it("takes everything, without a question, where that is little enough", async () => {
  const scene = rooms({ a: every(60, 10), b: every(40, 10) });
  expect(await scene.plan(100, 1_000)).toEqual({
    windows: [
      { roomId: "a", low: 1, high: 60 },
      { roomId: "b", low: 1, high: 40 },
    ],
    since: null,
  });
  expect(scene.asked).toBe(0);
});

it("searches all rooms back to one time, and reads no more than asked for", async () => {
  const scene = rooms({ quick: every(10_000, 10, 900_000), slow: every(1_000, 1_000) });
  const { windows, since } = await scene.plan(500, 1_000_000);
  if (since === null) throw new Error("not everything is to be searched at once");
  const read = windows.reduce((sum, { low, high }) => sum + high - low + 1, 0);
  expect(read).toBeGreaterThanOrEqual(250);
  expect(read).toBeLessThanOrEqual(500);
  const [quick, slow] = windows;
  expect(quick?.low).toBe(every(10_000, 10, 900_000).filter((time) => time < since).length + 1);
  expect(slow?.low).toBe(every(1_000, 1_000).filter((time) => time < since).length + 1);
  expect(scene.asked).toBeLessThan(15);
});

it("never divides an instant, however many messages it holds", async () => {
  const scene = rooms({ a: [...every(50, 1), ...Array<number>(300).fill(777)] });
  expect(await scene.plan(100, 777)).toEqual({
    windows: [{ roomId: "a", low: 51, high: 350 }],
    since: 777,
  });
});

it("leaves out rooms with nothing left to search", async () => {
  const places = [{ roomId: "a", from: 8, upto: 7, createdAt: 0 }];
  const plan = await planSearch(places, 100, 1_000, async () => new Map());
  expect(plan).toEqual({ windows: [], since: null });
});
