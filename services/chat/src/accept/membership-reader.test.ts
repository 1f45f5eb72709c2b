import { beforeEach, expect, it } from "vitest";
import type { Membership } from "../persist/membership.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { MembershipReader } from "./membership-reader.ts";

type Read = {
  userIds: readonly string[];
  answer(memberships: Membership[]): void;
  fail(error: unknown): void;
};

let clock: ManualClock;
let reads: Read[];
let reader: MembershipReader;
beforeEach(() => {
  clock = new ManualClock();
  reads = [];
  reader = new MembershipReader(
    clock,
    (userIds) =>
      new Promise((resolve, reject) => {
        reads.push({ userIds, answer: resolve, fail: reject });
      }),
  );
});

function membership(userId: string, roomId: string): Membership {
  return { userId, roomId, rev: 1, historyFromSeq: 1 };
}

it("asks at once for whoever comes first, and with one statement for all who come meanwhile", async () => {
  const first = reader.of(["a"]);
  const [second, third] = [reader.of(["b"]), reader.of(["c", "b"])];
  expect(reads.map(({ userIds }) => userIds)).toEqual([["a"]]);
  reads[0]?.answer([membership("a", "1")]);
  expect(await first).toEqual([membership("a", "1")]);
  await clock.advance(20);
  expect(reads[1]?.userIds).toEqual(["b", "c"]);
  reads[1]?.answer([membership("b", "1"), membership("b", "2"), membership("c", "3")]);
  expect(await second).toEqual([membership("b", "1"), membership("b", "2")]);
  expect(await third).toEqual([membership("c", "3"), membership("b", "1"), membership("b", "2")]);
});

it("somebody without rooms has none", async () => {
  const asked = reader.of(["a"]);
  reads[0]?.answer([]);
  expect(await asked).toEqual([]);
});

it("a statement that fails fails those it was for, and whoever waits is asked for all the same", async () => {
  const first = reader.of(["a"]);
  const second = reader.of(["b"]);
  reads[0]?.fail(new Error("no answer"));
  await expect(first).rejects.toThrow("no answer");
  await clock.advance(20);
  reads[1]?.answer([membership("b", "1")]);
  expect(await second).toEqual([membership("b", "1")]);
});

it("waits a moment between two statements, and not at all for whoever comes later", async () => {
  const first = reader.of(["a"]);
  reads[0]?.answer([]);
  await first;
  const second = reader.of(["b"]);
  await clock.advance(19);
  const third = reader.of(["c"]);
  expect(reads).toHaveLength(1);
  await clock.advance(1);
  expect(reads[1]?.userIds).toEqual(["b", "c"]);
  reads[1]?.answer([]);
  await Promise.all([second, third]);
  await clock.advance(20);
  void reader.of(["d"]);
  expect(reads[2]?.userIds).toEqual(["d"]);
});

it("does not wait while more come than one statement takes", async () => {
  const first = reader.of(["a"]);
  const others = Array.from({ length: 401 }, (_, index) => reader.of([`user ${index}`]));
  reads[0]?.answer([]);
  await first;
  await clock.advance(0);
  expect(reads[1]?.userIds).toHaveLength(200);
  reads[1]?.answer([]);
  await clock.advance(0);
  expect(reads[2]?.userIds).toHaveLength(200);
  reads[2]?.answer([]);
  await clock.advance(0);
  expect(reads).toHaveLength(3);
  await clock.advance(20);
  reads[3]?.answer([]);
  expect(await Promise.all(others)).toHaveLength(401);
});
