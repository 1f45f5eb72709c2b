import type { Page } from "playwright-core";

/** More stops than any screen here has. */
const STOPS_MAX = 80;
/** Fewer would mean that Tab has gone nowhere. */
const STOPS_MIN = 5;

type Stop = { name: string; isNew: boolean; isSigned: boolean };

/**
 * Goes through a page by Tab; answers what one comes to without anything on the screen that says so: no
 * ring, and nothing else that differs from how it looks without the focus.
 */
export async function stopsWithoutSign(page: Page): Promise<string[]> {
  const stops: Stop[] = [];
  await page.evaluate(() => {
    document.querySelectorAll("[data-walked]").forEach((element) => {
      element.removeAttribute("data-walked");
    });
    (document.activeElement as HTMLElement | null)?.blur();
  });
  for (let count = 0; count < STOPS_MAX; count += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(lookAtFocus);
    if (stop === null) continue;
    if (!stop.isNew) break;
    stops.push(stop);
  }
  if (stops.length < STOPS_MIN) throw new Error(`Tab stops at ${stops.length} places only`);
  return stops.filter(({ isSigned }) => !isSigned).map(({ name }) => name);
}

/** In the page. Null where the focus has left it. */
function lookAtFocus(): Stop | null {
  const element = document.activeElement;
  if (!(element instanceof HTMLElement) || element === document.body) return null;
  const isNew = element.dataset.walked === undefined;
  element.dataset.walked = "";
  // A field's frame may be around it, or what is pressed beside what has the focus.
  const parent = element.parentElement;
  const around = [element, parent, parent?.parentElement, element.nextElementSibling];
  const looks = () =>
    around.map((one) => {
      if (!one) return "";
      const { outlineStyle, outlineWidth, outlineColor, borderColor, boxShadow, backgroundColor } =
        getComputedStyle(one);
      const outline =
        outlineStyle === "none" ? "" : `${outlineStyle} ${outlineWidth} ${outlineColor}`;
      return [outline, borderColor, boxShadow, backgroundColor].join(" / ");
    });
  const withFocus = looks();
  element.blur();
  const without = looks();
  element.focus({ preventScroll: true });
  const label = element.getAttribute("aria-label") ?? element.getAttribute("name");
  const name = `${element.tagName.toLowerCase()} ${label ?? element.textContent.trim()}`;
  return { name, isNew, isSigned: withFocus.some((look, index) => look !== without[index]) };
}
