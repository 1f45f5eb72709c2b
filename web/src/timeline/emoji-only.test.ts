import { expect, it } from "vitest";
import { isEmojiOnly } from "./emoji-only.ts";

it.each(["😀", "👨‍👩‍👧‍👦", "👋🏽 🎉", "🇰🇷", "❤️", "1️⃣", "😀\n😀"])("%s is emoji only", (text) => {
  expect(isEmojiOnly(text)).toBe(true);
});

it.each(["", "  ", "1", "12", "안녕 😀", "©", "#", "😀😀😀😀😀😀😀", "a😀"])(
  "%j is not",
  (text) => {
    expect(isEmojiOnly(text)).toBe(false);
  },
);
