import { expect, it } from "vitest";
import { type ShortcutPress, shortcutOf } from "./shortcut-of.ts";

const PLAIN: ShortcutPress = {
  key: "k",
  code: "KeyK",
  keyCode: 75,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
};
const CONTROL = { ...PLAIN, ctrlKey: true };
const F6 = { ...PLAIN, key: "F6", code: "F6", keyCode: 117 };

it.each([
  ["Control+K", CONTROL, "switcher"],
  ["⌘+K", { ...PLAIN, metaKey: true }, "switcher"],
  ["with the capitals locked", { ...CONTROL, key: "K" }, "switcher"],
  ["on a Russian layout", { ...CONTROL, key: "л" }, "switcher"],
  ["on a Korean one", { ...CONTROL, key: "ㅏ" }, "switcher"],
  ["where K lies elsewhere", { ...CONTROL, code: "KeyV" }, "switcher"],
  ["F6", F6, "next-region"],
  ["Shift+F6", { ...F6, shiftKey: true }, "previous-region"],
] as const)("%s", (_, press, shortcut) => {
  expect(shortcutOf(press)).toBe(shortcut);
});

it.each([
  ["a letter", PLAIN],
  ["another letter in the place of K", { ...CONTROL, key: "t" }],
  ["with Shift", { ...CONTROL, shiftKey: true }],
  ["with Alt, which writes on some layouts", { ...CONTROL, altKey: true }],
  ["F6 with Control", { ...F6, ctrlKey: true }],
  ["taken by an input method", { ...F6, keyCode: 229 }],
] as const)("not %s", (_, press) => {
  expect(shortcutOf(press)).toBeNull();
});
