import type { Page } from "playwright-core";

/** What is wider than the place it has: it would be cut off, or move the page sideways. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const scrollers = [document.documentElement, document.body];
    const places = document.querySelectorAll(
      "[data-testid=timeline], [data-testid=bubble], nav, aside, main, header, form, [role=dialog], [role=alertdialog]",
    );
    return [...scrollers, ...places].flatMap((element) => {
      const { tagName, scrollWidth, clientWidth } = element;
      // An element that is laid out within a line has no width of its own.
      if (clientWidth === 0 || scrollWidth <= clientWidth) return [];
      const { testid } = (element as HTMLElement).dataset;
      return [`${testid ?? tagName.toLowerCase()}: ${scrollWidth} in ${clientWidth}`];
    });
  });
}

export type Insets = { readonly top: number; readonly bottom: number };

/** What one reads or presses that reaches under a notch or the bar at the bottom, where it has a choice. */
export function outsideOfSafeArea(page: Page, insets: Insets): Promise<string[]> {
  return page.evaluate(({ top, bottom }) => {
    const dialog = document.querySelector("[role=dialog]");
    const within = dialog ?? document;
    const parts = within.querySelectorAll<HTMLElement>("h1, h2, button, a, input, textarea");
    return [...parts].flatMap((part) => {
      const box = part.getBoundingClientRect();
      if (box.width === 0 || getComputedStyle(part).visibility === "hidden") return [];
      // What scrolls passes under them and comes out again.
      if (part.closest("[data-testid=timeline], ul, ol, [role=listbox]") !== null) return [];
      if (box.top >= top && box.bottom <= window.innerHeight - bottom) return [];
      const name = part.getAttribute("aria-label") ?? part.textContent.trim();
      return [`${part.tagName.toLowerCase()} ${name}: ${box.top} to ${box.bottom}`];
    });
  }, insets);
}
