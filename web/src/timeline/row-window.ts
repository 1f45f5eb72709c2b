/** The rows that are on the page, by index, both ends included; none where `last` < `first`. */
export type RowWindow = { readonly first: number; readonly last: number };

/** A row and where its upper edge stands, measured from the upper edge of what is in view. */
export type Place = { readonly index: number; readonly topPx: number };

export type Bounds = {
  readonly count: number;
  readonly heightOf: (index: number) => number;
  readonly viewPx: number;
  /** How far beyond what is in view rows are on the page. */
  readonly overscanPx: number;
};

/** The rows that fill the view and the overscan on both sides, when one row stands at `place`. */
export function windowAround(place: Place, bounds: Bounds): RowWindow {
  const { count, heightOf, viewPx, overscanPx } = bounds;
  if (count === 0) return { first: 0, last: -1 };
  const index = Math.min(Math.max(0, place.index), count - 1);
  let first = index;
  let top = place.topPx;
  while (first > 0 && top > -overscanPx) {
    first--;
    top -= heightOf(first);
  }
  let last = index;
  let bottom = place.topPx + heightOf(index);
  while (last < count - 1 && bottom < viewPx + overscanPx) {
    last++;
    bottom += heightOf(last);
  }
  return { first, last };
}

/** The row at `offsetPx` from the beginning of all rows, and where it then stands. */
export function placeAt(offsetPx: number, { count, heightOf }: Bounds): Place {
  let index = 0;
  let top = 0;
  while (index < count - 1 && top + heightOf(index) <= offsetPx) {
    top += heightOf(index);
    index++;
  }
  return { index, topPx: top - offsetPx };
}

/** A row on the page, and the room that the rows left out right before it would take. */
export type Shown<Row> = { readonly row: Row; readonly gapPx: number };

/**
 * The rows of the window and, wherever it is, the pinned one (it has the focus), each with the gap
 * before it; and the gap after the last.
 */
export function shownRows<Row>(
  rows: readonly Row[],
  window: RowWindow,
  pinnedIndex: number,
  heightOf: (index: number) => number,
): { shown: Shown<Row>[]; tailPx: number } {
  const shown: Shown<Row>[] = [];
  let next = 0;
  const show = (index: number) => {
    const row = rows[index];
    if (row === undefined) return;
    shown.push({ row, gapPx: gap(next, index, heightOf) });
    next = index + 1;
  };
  if (pinnedIndex >= 0 && pinnedIndex < window.first) show(pinnedIndex);
  for (let index = window.first; index <= window.last; index++) show(index);
  if (pinnedIndex > window.last) show(pinnedIndex);
  return { shown, tailPx: gap(next, rows.length, heightOf) };
}

function gap(from: number, to: number, heightOf: (index: number) => number): number {
  let sum = 0;
  for (let index = from; index < to; index++) sum += heightOf(index);
  return sum;
}
