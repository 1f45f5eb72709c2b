/** Rows above and below the view that are there already when one scrolls, or goes on by arrow. */
const AHEAD = 8;

/** The part of a list of equally high rows that has to be on the page, `to` not included. */
export type Range = { readonly from: number; readonly to: number };

export function rowsInView(
  { top, height }: { top: number; height: number },
  rowHeight: number,
  count: number,
): Range {
  const from = Math.max(0, Math.floor(top / rowHeight) - AHEAD);
  const to = Math.min(count, Math.ceil((top + height) / rowHeight) + AHEAD);
  return { from: Math.min(from, to), to };
}

/** How many rows are asked which way they went; one of them may have gone to the top of the list. */
const ASKED = 3;

/**
 * By how many rows that which one reads has moved, when a list by activity was `before` and is
 * `after`: by as many has to be scrolled so that it stays where it is. `first`: the first row in view.
 */
export function rowsMoved(
  before: readonly { id: string }[],
  after: readonly { id: string }[],
  first: number,
): number {
  const places = new Map(after.map(({ id }, index) => [id, index]));
  const steps = before
    .slice(first, first + ASKED)
    .flatMap(({ id }, offset) => {
      const place = places.get(id);
      return place === undefined ? [] : [place - (first + offset)];
    })
    .sort((one, other) => one - other);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}
