import type { Attachment } from "svelte/attachments";
import { type EnterAction, EnterKey } from "./enter-key.ts";

/**
 * Calls for each Enter in a field of one line that acts on it: also for the Enter that ends a Hangul
 * composition, once, with the last syllable in the field; never for one that only ends another.
 */
export function onEnter(act: () => void): Attachment<HTMLInputElement> {
  return (field) => {
    const enter = new EnterKey(() => false);
    const over = new AbortController();
    const take = (action: EnterAction, event: Event) => {
      if (action !== "pass") event.preventDefault();
      if (action === "send") act();
    };
    const on = <Name extends keyof HTMLElementEventMap>(
      name: Name,
      listener: (event: HTMLElementEventMap[Name]) => void,
    ) => field.addEventListener(name, listener, { signal: over.signal });
    on("compositionstart", () => enter.compositionStart());
    on("compositionupdate", ({ data }) => enter.compositionUpdate(data));
    on("compositionend", (event) => take(enter.compositionEnd(event.data), event));
    on("keydown", (event) => take(enter.keyDown(event), event));
    on("keyup", (event) => enter.keyUp(event));
    on("blur", () => enter.reset());
    return () => over.abort();
  };
}
