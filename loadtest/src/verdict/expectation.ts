import { fingerprint } from "../receive/fingerprint.ts";
import type { Stored } from "./judge.ts";

const NUMBERS = 3;

/** What a room's history says that its receivers must hold, in numbers that pass between processes. */
export type RoomTruth = {
  rev: number;
  /** Three numbers for each message, oldest first: seq, key, state. */
  messages: Float64Array;
};

/** What one receiver must hold of it. */
export type Expectation = { rev: number; seq: number; count: number; sum: number };

export function truthOf(stored: readonly Stored[], rev: number): RoomTruth {
  return {
    rev,
    messages: Float64Array.from(stored.flatMap(({ seq, key, state }) => [seq, key, state])),
  };
}

/** Of a receiver whose time began after message `startSeq`. */
export function expectationOf({ rev, messages }: RoomTruth, startSeq: number): Expectation {
  const expected = { rev, seq: startSeq, count: 0, sum: 0 };
  for (let at = 0; at < messages.length; at += NUMBERS) {
    const [seq = 0, key = 0, state = 0] = messages.subarray(at, at + NUMBERS);
    if (seq <= startSeq) continue;
    expected.seq = Math.max(expected.seq, seq);
    expected.count++;
    expected.sum = (expected.sum + fingerprint(seq, key, state)) | 0;
  }
  return expected;
}

/** How many messages, or changes, a receiver lacks; or that it holds others than are stored. */
export type Difference = { missing: number; isDifferent: boolean };

/** What is held of a room; `isReset`: count and sum say nothing. */
export type Held = Expectation & { isReset: boolean };

/** For people. */
export function textOfDifference(held: Held, expected: Expectation): string {
  const { rev, seq, count } = expected;
  return `has ${held.count} of ${count} messages, up to ${held.seq} of ${seq}, change ${held.rev} of ${rev}`;
}

export function differenceOf(held: Held, expected: Expectation): Difference | undefined {
  if (held.seq < expected.seq) return { missing: expected.seq - held.seq, isDifferent: false };
  if (held.rev < expected.rev) return { missing: expected.rev - held.rev, isDifferent: false };
  if (held.isReset) return undefined;
  if (held.count < expected.count) {
    return { missing: expected.count - held.count, isDifferent: false };
  }
  const isDifferent = held.count !== expected.count || held.sum !== expected.sum;
  return isDifferent ? { missing: 0, isDifferent } : undefined;
}
