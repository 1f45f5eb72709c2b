import { tick } from "svelte";

const HEADINGS = "h1, h2";

/**
 * After a change of place: where the element with the focus has gone, or cannot be seen any more, the
 * focus goes to the first heading of what is there now. A screen reader says where one is, and Tab goes on
 * from there.
 */
export async function land(): Promise<void> {
  await tick();
  const { activeElement } = document;
  const isLost = activeElement === null || activeElement === document.body;
  if (!isLost && isVisible(activeElement)) return;
  const heading = [...document.querySelectorAll<HTMLElement>(HEADINGS)].find(isVisible);
  if (heading === undefined) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function isVisible(element: Element): boolean {
  return element.getClientRects().length > 0;
}
