import { describe, expect, test } from "vitest";
import { message } from "../testing/messages.ts";
import {
  fromPagesAround,
  isBehind,
  type Timeline,
  withChanges,
  withNewerPage,
  withOldest,
  withSync,
} from "./timeline.ts";

const said = (...seqs: number[]) => seqs.map((seq) => message({ seq, rev: seq }));
const seqsOf = ({ messages }: Timeline) => messages.map(({ seq }) => seq);

function window(given: Partial<Timeline> = {}): Timeline {
  const all = { messages: said(3, 4, 5), hasOlder: true, hasNewer: true };
  return { ...all, rev: 10, ahead: [], head: 10, ...given };
}

describe("a window that ends before the newest message", () => {
  test("counts changes beyond its end, and does not take them", () => {
    const next = withChanges(window(), [message({ seq: 11, rev: 11 })]);
    expect([seqsOf(next), next.rev]).toEqual([[3, 4, 5], 11]);
  });

  test("reaches the newest with the last page, and with what came while that was on its way", () => {
    const page = { messages: said(6, 7), rev: 10, hasMore: false };
    const since = [message({ seq: 8, rev: 11 })];
    const next = withNewerPage(window({ rev: 11, head: 11 }), 5, page, since);
    expect([seqsOf(next), next.hasNewer]).toEqual([[3, 4, 5, 6, 7, 8], false]);
  });

  test("takes nothing from beyond a gap with it: that would leave a hole", () => {
    const page = { messages: said(6, 7), rev: 10, hasMore: false };
    const since = [message({ seq: 9, rev: 12 })];
    const next = withNewerPage(window({ ahead: since, head: 12 }), 5, page, since);
    expect([seqsOf(next), isBehind(next)]).toEqual([[3, 4, 5, 6, 7], true]);
  });

  test("takes from a page that is not the last no more than the page holds", () => {
    const page = { messages: said(6, 7), rev: 10, hasMore: true };
    const since = [message({ seq: 30, rev: 11 }), message({ seq: 7, rev: 12, text: "edited" })];
    const next = withNewerPage(window({ rev: 12, head: 12 }), 5, page, since);
    expect(seqsOf(next)).toEqual([3, 4, 5, 6, 7]);
    expect(next.messages.at(-1)?.text).toBe("edited");
  });

  test("drops a page that begins somewhere else", () => {
    const page = { messages: said(9, 10), rev: 10, hasMore: false };
    expect(withNewerPage(window(), 8, page, [])).toEqual(window());
  });

  test("is what remains when the newest end is dropped for its size", () => {
    const next = withOldest(window({ hasNewer: false }), 2);
    expect([seqsOf(next), next.hasNewer]).toEqual([[3, 4], true]);
  });
});

describe("a window begun anew", () => {
  test("is complete no further than the page that was read first", () => {
    const older = { messages: said(3, 4), rev: 9, hasMore: true };
    const newer = { messages: said(5, 6), rev: 12, hasMore: true };
    const next = fromPagesAround(older, newer, []);
    expect([next.rev, isBehind(next)]).toEqual([9, true]);
  });

  test("from a page read before a sync was asked for, does not believe its answer to be complete", () => {
    const changes = [message({ seq: 12, rev: 12 }), message({ seq: 13, rev: 13 })];
    const answer = { rev: 13, changes, reset: false };
    const next = withSync(window({ hasNewer: false }), 11, answer);
    if (next === "reload") throw new Error("would reload");
    expect([next.rev, seqsOf(next), isBehind(next)]).toEqual([10, [3, 4, 5], true]);
  });
});
