import { expect, test } from "vitest";
import { shrink } from "./shrink.ts";

const NUMBERS = Array.from({ length: 16 }, (_, index) => index);

test("the two that fail together are found among many, in their order", async () => {
  let tries = 0;
  const found = await shrink(NUMBERS, async (some) => {
    tries += 1;
    return some.includes(3) && some.includes(12);
  });
  expect(found).toEqual([3, 12]);
  expect(tries).toBeLessThan(60);
});

test("one that fails alone is found", async () => {
  expect(await shrink(NUMBERS, async (some) => some.includes(7))).toEqual([7]);
});

test("what fails only as a whole stays whole", async () => {
  const whole = [1, 2, 3];
  expect(await shrink(whole, async (some) => some.length === 3)).toEqual(whole);
});

test("when time is up, the smallest so far is the answer", async () => {
  let tries = 0;
  const found = await shrink(
    NUMBERS,
    async (some) => {
      tries += 1;
      return some.includes(0);
    },
    () => tries >= 2,
  );
  expect(found).toContain(0);
  expect(found.length).toBeLessThan(NUMBERS.length);
});
