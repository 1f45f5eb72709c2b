import { Failure } from "@moim/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { Context } from "./context.ts";
import { typing } from "./typing.ts";
import { TypingPace } from "./typing-pace.ts";

let now: number;
let questions: number;
let told: unknown[];
/** What the database says of the caller in the room. */
let membership: { isListed: boolean } | Failure;
let context: Context;
beforeEach(() => {
  now = 1_800_000_000_000;
  questions = 0;
  told = [];
  membership = { isListed: true };
  context = {
    caller: { userId: "u" },
    database: {
      async read() {
        questions++;
        if (membership instanceof Failure) throw membership;
        return membership;
      },
    },
    publisher: { typing: (...what: unknown[]) => told.push(what) },
    typingPace: new TypingPace(() => now),
  } as unknown as Context;
});

function type(): Promise<unknown> {
  return typing({ roomId: "r", typing: true }, context);
}

describe("typing", () => {
  it("asks the database no more often than anything passes, however often it is sent", async () => {
    for (let count = 0; count < 50; count++) await type();
    expect([questions, told.length]).toEqual([1, 1]);
    now += 2_000;
    await type();
    expect([questions, told.length]).toEqual([2, 2]);
  });

  it("is answered a stranger alike each time: the pace is no oracle", async () => {
    membership = new Failure("not_found", "no such room");
    for (let count = 0; count < 3; count++) {
      await expect(type()).rejects.toMatchObject({ code: "not_found" });
    }
    expect(told).toEqual([]);
  });

  it("in a direct room in which nothing has been said reaches nobody", async () => {
    membership = { isListed: false };
    await type();
    expect(told).toEqual([]);
  });
});
