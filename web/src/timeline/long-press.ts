import type { Attachment } from "svelte/attachments";

const HELD_MS = 450;
/** A finger never rests quite still. */
const MOVED_PX = 10;

/** Calls when a finger rests on the element: what the right button is for a mouse. */
export function longPress(act: (element: HTMLElement) => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = { x: 0, y: 0 };
    const end = () => clearTimeout(timer);
    const begin = (event: PointerEvent) => {
      end();
      if (event.pointerType !== "touch" || !event.isPrimary) return;
      from = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => act(element), HELD_MS);
    };
    const move = (event: PointerEvent) => {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > MOVED_PX) end();
    };
    // The browser's own menu would open over ours.
    const suppress = (event: Event) => {
      if (event instanceof PointerEvent && event.pointerType === "touch") event.preventDefault();
    };
    element.addEventListener("pointerdown", begin);
    element.addEventListener("pointermove", move);
    element.addEventListener("contextmenu", suppress);
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
      element.addEventListener(name, end);
    }
    return () => {
      end();
      element.removeEventListener("pointerdown", begin);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("contextmenu", suppress);
      for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
        element.removeEventListener(name, end);
      }
    };
  };
}
