import { expect, it } from "vitest";
import { textParts } from "./text-parts.ts";

it("a mention inside an address is part of the address", () => {
  const parts = textParts("@mina see https://a.io/@mina ok @MINA", ["mina"]);
  expect(parts.map(({ kind, text }) => `${kind}:${text}`)).toEqual([
    "mention:@mina",
    "text: see ",
    "link:https://a.io/@mina",
    "text: ok ",
    "mention:@MINA",
  ]);
});

it.each(["@mina", "x@mina <b>@mina</b>", "", "@@mina@"])("the text stays whole: %j", (text) => {
  const joined = textParts(text, ["mina"]).map((part) => part.text);
  expect(joined.join("")).toBe(text);
});
