import type { Revocation } from "@moim/service";
import { pino } from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../clock.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { RevocationFeed } from "./revocation-feed.ts";
import { RevokedSessions } from "./revoked-sessions.ts";

const START = 1_800_000_000_000;

let clock: ManualClock;
/** How far the node's clock is from the database's. */
let wrongByMs: number;
/** What the database holds; undefined while it does not answer. */
let table: Revocation[] | undefined;
let revoked: RevokedSessions;
beforeEach(async () => {
  clock = new ManualClock(START);
  wrongByMs = 0;
  table = [];
  const now = () => clock.now() + wrongByMs;
  const wall = { now, after: (...timer: Parameters<Clock["after"]>) => clock.after(...timer) };
  revoked = new RevokedSessions(wall, () => {});
  const feed = new RevocationFeed({
    clock: wall,
    logger: pino({ level: "silent" }),
    revoked,
    subscriber: undefined,
    async read(withinMs = Number.POSITIVE_INFINITY) {
      if (!table) throw new Error("gone");
      return table.filter(({ revokedAt = 0 }) => revokedAt > clock.now() - withinMs);
    },
  });
  await feed.start();
});

function end(sessionId: string): Revocation {
  const now = clock.now();
  return { sessionId, userId: "u", revokedAt: now, expiresAt: now + 10_000_000 };
}

describe("a revocation of which nobody was told", () => {
  it("is known well within a second of its commit", async () => {
    await clock.advance(5_000);
    table?.push(end("s"));
    await clock.advance(750);
    expect(revoked.has("s")).toBe(true);
  });

  it("is not forgotten by a clock that was ahead for a while", async () => {
    table?.push(end("s"));
    await clock.advance(60_000);
    wrongByMs = 20_000_000;
    await clock.advance(2_000);
    expect(revoked.has("s"), "by that clock all its tokens have expired").toBe(false);
    wrongByMs = 0;
    await clock.advance(750);
    expect(revoked.has("s")).toBe(true);
  });

  it("is known also when the database was away for long after it", async () => {
    await clock.advance(700);
    const during = end("s");
    table = undefined;
    await clock.advance(20 * 60_000);
    expect(revoked.has("s")).toBe(false);
    table = [during];
    await clock.advance(750);
    expect(revoked.has("s")).toBe(true);
  });
});
