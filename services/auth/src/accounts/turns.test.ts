import { expect, it } from "vitest";
import { Turns } from "./turns.ts";

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

it("runs no more at once than allowed, and the waiting ones in order", async () => {
  const turns = new Turns(2, 10);
  const gates = [gate(), gate(), gate(), gate()];
  const started: number[] = [];
  const works = gates.map(({ opened }, index) =>
    turns.take(async () => {
      started.push(index);
      await opened;
      return index;
    }),
  );
  expect(started).toEqual([0, 1]);
  expect(turns.waiting).toBe(2);
  gates[1]?.open();
  await works[1];
  await Promise.resolve();
  expect(started).toEqual([0, 1, 2]);
  for (const { open } of gates) open();
  expect(await Promise.all(works)).toEqual([0, 1, 2, 3]);
  expect(started).toEqual([0, 1, 2, 3]);
});

it("refuses what would wait behind too many", async () => {
  const turns = new Turns(1, 1);
  const { open, opened } = gate();
  const running = turns.take(() => opened);
  const waiting = turns.take(async () => "waited");
  expect(turns.take(async () => "refused")).toBeUndefined();
  open();
  await running;
  expect(await waiting).toBe("waited");
  expect(await turns.take(async () => "later")).toBe("later");
});

it("gives the turn on when a work fails", async () => {
  const turns = new Turns(1, 1);
  const failing = turns.take(() => Promise.reject(new Error("broken")));
  const next = turns.take(async () => "next");
  await expect(failing).rejects.toThrow("broken");
  expect(await next).toBe("next");
});
