import { Failure } from "@moim/protocol";
import { expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { UserRate } from "./user-rate.ts";

function refusalOf(take: () => void): Failure | undefined {
  try {
    take();
    return undefined;
  } catch (error) {
    return error as Failure;
  }
}

it("a user gets a burst, then as much as comes back; others are not concerned", async () => {
  const clock = new ManualClock();
  const rate = new UserRate({ clock, perSecond: 2, burst: 10 });
  rate.take("one", 9);
  rate.take("one");
  const refused = refusalOf(() => rate.take("one", 4));
  expect(refused).toBeInstanceOf(Failure);
  expect(refused).toMatchObject({ code: "rate_limited", retryAfterMs: 2_000 });
  rate.take("other", 10);
  await clock.advance(2_000);
  rate.take("one", 4);
  expect(refusalOf(() => rate.take("one"))).toMatchObject({ code: "rate_limited" });
});

it("what is refused takes nothing", () => {
  const rate = new UserRate({ clock: new ManualClock(), perSecond: 1, burst: 3 });
  expect(refusalOf(() => rate.take("one", 4))).toBeDefined();
  rate.take("one", 3);
});

it("what is given back is there again, and no more than there was", () => {
  const rate = new UserRate({ clock: new ManualClock(), perSecond: 1, burst: 5 });
  rate.take("one", 4);
  rate.giveBack("one", 3);
  rate.take("one", 4);
  rate.giveBack("one", 100);
  rate.giveBack("nobody", 100);
  expect(refusalOf(() => rate.take("one", 6))).toBeDefined();
  rate.take("one", 5);
  expect(refusalOf(() => rate.take("nobody", 6))).toBeDefined();
});

it("nobody is remembered longer than it takes to have everything back", async () => {
  const clock = new ManualClock();
  const rate = new UserRate({ clock, perSecond: 1, burst: 5 });
  for (let user = 0; user < 100; user++) rate.take(`early ${user}`);
  await clock.advance(1_000);
  for (let user = 0; user < 100; user++) rate.take(`late ${user}`);
  expect(rate.size).toBeLessThanOrEqual(102);
});

it("with a rate of 0 there is no limit", () => {
  const rate = new UserRate({ clock: new ManualClock(), perSecond: 0, burst: 1 });
  for (let time = 0; time < 10; time++) rate.take("one", 1_000);
  expect(rate.size).toBe(0);
});
