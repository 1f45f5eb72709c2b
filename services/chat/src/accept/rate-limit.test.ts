import { Failure } from "@moim/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "./rate-limit.ts";

/** How long until there is a token again; 0 when one was taken. */
function waitAfterTaking(bucket: { take(now: number): void }, now: number): number {
  try {
    bucket.take(now);
    return 0;
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "rate_limited") throw error;
    return error.retryAfterMs ?? Number.NaN;
  }
}

function takenOf(bucket: { take(now: number): void }, tries: number, now: number): number {
  let taken = 0;
  for (let index = 0; index < tries; index++) {
    if (waitAfterTaking(bucket, now) === 0) taken++;
  }
  return taken;
}

describe("a bucket", () => {
  it("allows its burst at once and no more", () => {
    expect(takenOf(new TokenBucket(10, 30, 0), 100, 0)).toBe(30);
  });

  it("refills at its rate, and never over its burst", () => {
    const bucket = new TokenBucket(10, 30, 0);
    takenOf(bucket, 30, 0);
    expect(takenOf(bucket, 100, 1_000)).toBe(10);
    expect(takenOf(bucket, 100, 3_600_000)).toBe(30);
  });

  it("says when the next try succeeds, and a refused try costs nothing", () => {
    const bucket = new TokenBucket(10, 1, 0);
    expect(waitAfterTaking(bucket, 0)).toBe(0);
    expect(waitAfterTaking(bucket, 0)).toBe(100);
    expect(waitAfterTaking(bucket, 40)).toBe(60);
    expect(waitAfterTaking(bucket, 50)).toBe(50);
    expect(waitAfterTaking(bucket, 100)).toBe(0);
  });

  it("keeps its word on when the next try succeeds, whatever came before (seeded)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat(300), { maxLength: 80 }),
        (perSecond, burst, pauses) => {
          let now = 1_800_000_000_000;
          const bucket = new TokenBucket(perSecond, burst, now);
          for (const pause of pauses) {
            now += pause;
            const waitMs = waitAfterTaking(bucket, now);
            if (waitMs === 0) continue;
            now += waitMs;
            expect(waitAfterTaking(bucket, now)).toBe(0);
          }
        },
      ),
      { seed: 20_261_122, numRuns: 500 },
    );
  });

  it("gives nothing away when the clock is set back", () => {
    const bucket = new TokenBucket(10, 5, 10_000);
    takenOf(bucket, 5, 10_000);
    expect(takenOf(bucket, 5, 4_000)).toBe(0);
    expect(takenOf(bucket, 5, 4_100)).toBe(1);
  });

  it("takes back what was taken for nothing, and never over its burst", () => {
    const bucket = new TokenBucket(10, 5, 0);
    takenOf(bucket, 5, 0);
    bucket.giveBack();
    expect(takenOf(bucket, 5, 0)).toBe(1);
    for (let count = 0; count < 9; count++) bucket.giveBack();
    expect(takenOf(bucket, 20, 0)).toBe(5);
  });

  it("is full again once it has refilled", () => {
    const bucket = new TokenBucket(10, 5, 0);
    expect(bucket.isFull(0)).toBe(true);
    bucket.take(0);
    expect(bucket.isFull(99)).toBe(false);
    expect(bucket.isFull(100)).toBe(true);
  });
});
