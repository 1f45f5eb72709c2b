const touch = window.matchMedia("(hover: none) and (pointer: coarse)");

/** Whether one writes on the screen: the keyboard covers half of it, and has no key for a line break but Enter. */
export function hasTouchKeyboard(): boolean {
  return touch.matches;
}
