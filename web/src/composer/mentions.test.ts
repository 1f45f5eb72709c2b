import { describe, expect, it } from "vitest";
import { insertMention, mentionAt, mentionsIn, suggest } from "./mentions.ts";

const user = (nickname: string, name: string) => ({
  id: nickname,
  nickname,
  name,
  bio: "",
  avatarUrl: null,
});
const PEOPLE = [user("mina", "김미나"), user("minjun", "민준"), user("jisu", "Jasmin")];

describe("a mention being typed", () => {
  it.each([
    ["@", 1, { start: 0, query: "" }],
    ["hello @mi", 9, { start: 6, query: "mi" }],
    ["(@민", 3, { start: 1, query: "민" }],
    ["@mina and more", 5, { start: 0, query: "mina" }],
  ])("%j with the caret at %i", (text, caret, found) => {
    expect(mentionAt(text, caret)).toEqual(found);
  });

  it.each([
    ["name@example", 12],
    ["no mention", 5],
    ["@mina hello", 11],
    ["@a-very-long-word-that-is-no-nickname", 37],
  ])("is none in %j at %i", (text, caret) => {
    expect(mentionAt(text, caret)).toBeNull();
  });

  it("becomes the nickname and one space, with the caret behind it", () => {
    const typed = { start: 6, query: "mi" };
    expect(insertMention("hello @mi", typed, "mina")).toEqual({ text: "hello @mina ", caret: 12 });
    expect(insertMention("hello @mi!", typed, "mina")).toEqual({
      text: "hello @mina !",
      caret: 12,
    });
    expect(insertMention("hello @mi ok", typed, "mina").text).toBe("hello @mina ok");
  });
});

describe("suggestions", () => {
  it.each([
    ["mi", ["mina", "minjun", "jisu"]],
    ["MIN", ["mina", "minjun", "jisu"]],
    ["민", ["minjun"]],
    ["", ["jisu", "mina", "minjun"]],
    ["x", []],
    ["Mina", []],
  ])("for %j", (query, nicknames) => {
    expect(suggest(PEOPLE, query).map(({ nickname }) => nickname)).toEqual(nicknames);
  });
});

describe("mentions in a text", () => {
  const found = (text: string) =>
    mentionsIn(text, ["min", "mina", "지수", "지수민"]).map(({ start, end }) =>
      text.slice(start, end),
    );

  it.each([
    ["hi @mina!", ["@mina"]],
    ["@MINA", ["@MINA"]],
    ["@mina님 @min", ["@mina", "@min"]],
    ["@지수는 왔어", ["@지수"]],
    ["@지수민", ["@지수민"]],
    ["@minb", []],
    ["a@mina", []],
    ["@nobody", []],
    ["@", []],
  ])("%j", (text, names) => {
    expect(found(text)).toEqual(names);
  });

  it("are found quickly in a text of nothing but @, in a large room", () => {
    const nicknames = Array.from({ length: 10_000 }, (_, index) => `member${index}`);
    const startedAt = performance.now();
    expect(mentionsIn("@".repeat(40_000), nicknames)).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
