import { expect, it } from "vitest";
import { newlySaid } from "./newly-said.ts";
import type { Bubble, Row } from "./rows.ts";

function bubble(seq: number | null, text: string | null, isOwn = false): Bubble {
  return {
    kind: "bubble",
    key: `${seq}`,
    authorId: isOwn ? "me" : "mina",
    isOwn,
    text,
    atMs: 0,
    seq,
    clientId: null,
    delivery: null,
    replyTo: null,
    isEdited: false,
    reactions: [],
    isFirstOfGroup: true,
    isLastOfGroup: true,
  };
}

const textsOf = (rows: readonly Row[], heardSeq: number | null) =>
  newlySaid(rows, heardSeq).bubbles.map(({ text }) => text);

it("what stands there when one comes is no news", () => {
  expect(newlySaid([bubble(1, "a"), bubble(2, "b")], null)).toEqual({ heard: 2, bubbles: [] });
  expect(newlySaid([], null)).toEqual({ heard: null, bubbles: [] });
});

it("of several that come together all are said, in order, and the same words once more", () => {
  const rows = [bubble(1, "yes"), bubble(2, "yes"), bubble(3, "and"), bubble(4, "so")];
  expect(textsOf(rows, 1)).toEqual(["yes", "and", "so"]);
  expect(newlySaid(rows, 1).heard).toBe(4);
  expect(textsOf(rows, 4)).toEqual([]);
});

it("nothing of one's own, nothing deleted, nothing that is on its way", () => {
  const rows = [bubble(2, "mine", true), bubble(3, null), bubble(null, "waiting", true)];
  expect(newlySaid(rows, 1)).toEqual({ heard: 3, bubbles: [] });
});

it("of very many the newest alone", () => {
  const rows = Array.from({ length: 40 }, (_, index) => bubble(index + 1, `${index + 1}`));
  expect(textsOf(rows, 10)).toEqual(["36", "37", "38", "39", "40"]);
});
