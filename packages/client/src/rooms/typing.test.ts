import { describe, expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { ALICE, BOB, ROOM_ID } from "../testing/messages.ts";
import { TypingUsers } from "./typing.ts";
import { TypingSignal } from "./typing-signal.ts";

describe("who types", () => {
  function room() {
    const clock = new ManualClock();
    const users = new TypingUsers(clock, ALICE);
    const hear = (userId: string, typing = true) =>
      users.receive({ roomId: ROOM_ID, userId, typing });
    return { clock, users, hear };
  }

  test("is seen until told otherwise, and forgotten after 6 s without a repeat", async () => {
    const { clock, users, hear } = room();
    hear(BOB);
    hear("carol");
    expect(users.view.current).toEqual([BOB, "carol"]);
    hear("carol", false);
    await clock.advance(4_000);
    hear(BOB);
    await clock.advance(5_999);
    expect(users.view.current).toEqual([BOB]);
    await clock.advance(1);
    expect(users.view.current).toEqual([]);
  });

  test("never includes oneself, as on another device", () => {
    const { users, hear } = room();
    hear(ALICE);
    expect(users.view.current).toEqual([]);
  });

  test("is the same value while nothing changes, so that nothing is drawn again", () => {
    const { users, hear } = room();
    hear(BOB);
    const before = users.view.current;
    hear(BOB);
    expect(users.view.current).toBe(before);
  });
});

describe("telling that one types", () => {
  function keyboard() {
    const clock = new ManualClock();
    const told: string[] = [];
    const startMs = clock.now();
    const signal = new TypingSignal(clock, (typing) => {
      told.push(`${typing ? "begins" : "ends"} ${clock.now() - startMs}`);
    });
    return { clock, told, signal };
  }

  test("goes out at the first key and every 4 s for as long as it goes on", async () => {
    const { clock, told, signal } = keyboard();
    for (let key = 0; key < 90; key++) {
      signal.set(true);
      await clock.advance(100);
    }
    expect(told).toEqual(["begins 0", "begins 4000", "begins 8000"]);
  });

  test("ends once, and begins again no sooner than the server lets it pass", async () => {
    const { clock, told, signal } = keyboard();
    signal.set(true);
    await clock.advance(500);
    signal.set(false);
    signal.set(false);
    signal.set(true);
    await clock.advance(10_000);
    expect(told).toEqual(["begins 0", "ends 500", "begins 2000"]);
  });

  test("an end calls off what was about to be told", async () => {
    const { clock, told, signal } = keyboard();
    signal.set(true);
    signal.set(false);
    signal.set(true);
    signal.set(false);
    await clock.advance(10_000);
    expect(told).toEqual(["begins 0", "ends 0"]);
  });

  test("needs no end where the message itself is sent", async () => {
    const { clock, told, signal } = keyboard();
    signal.set(true);
    signal.sent();
    await clock.advance(10_000);
    expect(told).toEqual(["begins 0"]);
  });
});
