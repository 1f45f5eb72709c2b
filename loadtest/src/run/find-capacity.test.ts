import fc from "fast-check";
import { expect, it } from "vitest";
import { findCapacity } from "./find-capacity.ts";

it("finds what a server can do, from wherever it begins, and never asks for more than allowed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 20, max: 5_000 }),
      fc.integer({ min: 10, max: 5_000 }),
      async (limit, from) => {
        const tried: number[] = [];
        const attempt = async (rate: number) => {
          tried.push(rate);
          return rate <= limit;
        };
        const found = await findCapacity(attempt, { from, max: 4_000, precision: 0.1 });
        const best = Math.min(limit, 4_000);
        expect(found).toBeLessThanOrEqual(best);
        expect(found).toBeGreaterThanOrEqual(best * 0.85);
        expect(Math.max(...tried)).toBeLessThanOrEqual(4_000);
      },
    ),
  );
});

it("says 0 when not even one message a second holds", async () => {
  const options = { from: 100, max: 1_000, precision: 0.1 };
  expect(await findCapacity(async () => false, options)).toBe(0);
});
