import type { Locator } from "playwright-core";

export type Press = { key: string; code: string; keyCode: number; isComposing?: boolean };

/** One event of a composition, or of a key, as another browser dispatches it to the field. */
export type InputStep =
  /** A composition begins and gets so far. */
  | { composed: string }
  /** The text of it, which is in the field by now. */
  | { input: string }
  | { ended: string }
  | { down: Press }
  | { up: Press };

export const ENTER: Press = { key: "Enter", code: "Enter", keyCode: 13 };
/** A press that the input method has taken. */
export const TAKEN: Press = { ...ENTER, keyCode: 229 };
export const RELEASED = ENTER;
export const ARROW_UP: Press = { key: "ArrowUp", code: "ArrowUp", keyCode: 38 };

/**
 * Plays to a text field what browsers that are not here would: the events in their order, and what the
 * browser itself does to the text.
 */
export async function playInput(field: Locator, steps: readonly InputStep[]): Promise<void> {
  await field.focus();
  await field.evaluate(play, steps);
}

/** In the page. */
function play(element: Element, steps: readonly InputStep[]): void {
  const field = element as HTMLTextAreaElement;
  let committed = field.value;
  const tell = (type: string, data: string) =>
    field.dispatchEvent(new CompositionEvent(type, { data, bubbles: true }));
  const typed = () => field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  const press = (type: string, { isComposing = false, ...init }: Press) =>
    field.dispatchEvent(
      new KeyboardEvent(type, { ...init, isComposing, bubbles: true, cancelable: true }),
    );
  for (const step of steps) {
    if ("composed" in step) {
      committed = field.value;
      tell("compositionstart", "");
      tell("compositionupdate", step.composed);
      field.value = committed + step.composed;
      typed();
    } else if ("ended" in step) tell("compositionend", step.ended);
    else if ("input" in step) typed();
    else if ("up" in step) press("keyup", step.up);
    else if (press("keydown", step.down) && step.down.keyCode === 13) {
      // Nobody has kept the browser from breaking the line.
      field.value += "\n";
      typed();
    }
  }
}
