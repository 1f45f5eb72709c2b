/** The page's regions, in the order in which one reads. */
const REGIONS = "[data-region], main, aside";
/** Where the keyboard begins in a region, best first; otherwise at its first control. */
const STARTS = ["textarea", "[aria-current=page]", "[data-region-start]"];
const CONTROLS = "a[href], button:not(:disabled), input:not(:disabled), [tabindex='0']";
const DIALOGS = "dialog, [role=dialog], [role=alertdialog]";

/** Which element had the focus when a region was left: coming back leads there. */
const left = new WeakMap<Element, HTMLElement>();

/** Moves the focus to the next region that can be seen, or the one before; false where it cannot. */
export function moveToRegion(step: 1 | -1): boolean {
  if (document.querySelector(DIALOGS) !== null) return false;
  const regions = [...document.querySelectorAll<HTMLElement>(REGIONS)].filter(isVisible);
  const { activeElement } = document;
  const held = regions.findIndex((region) => region.contains(activeElement));
  const before = regions[held];
  if (before && activeElement instanceof HTMLElement) left.set(before, activeElement);
  const from = held < 0 && step < 0 ? 0 : held;
  const next = regions[(from + step + regions.length) % regions.length];
  const target = next && startOf(next);
  target?.focus();
  return target !== undefined;
}

function startOf(region: HTMLElement): HTMLElement | undefined {
  const last = left.get(region);
  const candidates = [
    ...(last && region.contains(last) ? [last] : []),
    ...[...STARTS, CONTROLS].flatMap((selector) => [
      ...region.querySelectorAll<HTMLElement>(selector),
    ]),
  ];
  return candidates.find(isVisible);
}

function isVisible(element: HTMLElement): boolean {
  return element.getClientRects().length > 0;
}
