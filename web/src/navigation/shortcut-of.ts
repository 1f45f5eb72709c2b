export type Shortcut = "next-region" | "previous-region" | "switcher";

export type ShortcutPress = Pick<
  KeyboardEvent,
  "key" | "code" | "keyCode" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey"
>;

/** What browsers report for any key that an input method has taken. */
const TAKEN_BY_INPUT_METHOD = 229;

/**
 * The keys that work wherever the focus is: F6 between regions, Ctrl/⌘+K to another room. Also in the middle
 * of a composition, for after a Korean syllable one is nearly always open; but what the input method has taken
 * for itself, as a Japanese one takes F6, is not ours.
 */
export function shortcutOf(press: ShortcutPress): Shortcut | null {
  if (press.altKey || press.keyCode === TAKEN_BY_INPUT_METHOD) return null;
  const hasCommand = press.ctrlKey || press.metaKey;
  if (press.key === "F6" && !hasCommand) return press.shiftKey ? "previous-region" : "next-region";
  return isLetterK(press) && hasCommand && !press.shiftKey ? "switcher" : null;
}

/** On a layout of other letters, the key in its place. */
function isLetterK({ key, code }: ShortcutPress): boolean {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase() === "k";
  return code === "KeyK";
}
