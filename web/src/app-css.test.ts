import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { QUICK_REACTIONS } from "./timeline/message-actions.svelte.ts";

const css = readFileSync(join(import.meta.dirname, "app.css"), "utf8");
const ranges = [
  ...(/unicode-range:([^;]+);/.exec(css)?.[1]?.matchAll(/U\+(\w+)(?:-(\w+))?/g) ?? []),
].map(
  ([, first = "", last = first]) =>
    [Number.parseInt(first, 16), Number.parseInt(last, 16)] as const,
);
const isEmojiFonts = (character: string) =>
  ranges.some(([first, last]) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= first && code <= last;
  });

it("pictures come out of the colour fonts before any other font is asked, and texts do not", () => {
  expect(/--font-sans:\s*"Moim Emoji",/.test(css)).toBe(true);
  const pictures = [...QUICK_REACTIONS, "😀", "🇰🇷", "👩‍🚀", "👍🏽", "🫶", "⭐", "✅"].join("");
  expect([...pictures].filter((character) => !isEmojiFonts(character))).toEqual([]);
  expect([..."aZ0#*가ㅋ日é©™✔→…"].filter(isEmojiFonts)).toEqual([]);
});
