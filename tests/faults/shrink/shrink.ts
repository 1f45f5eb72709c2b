/**
 * Finds a small part of `items` that still fails, by leaving out ever smaller pieces (delta debugging). What
 * it resolves to has failed, or is all of them. Stops early, with the smallest so far, once `isOver`.
 */
export async function shrink<Item>(
  items: readonly Item[],
  stillFails: (some: readonly Item[]) => Promise<boolean>,
  isOver: () => boolean = () => false,
): Promise<readonly Item[]> {
  let smallest = items;
  let pieces = 2;
  while (smallest.length > 1 && pieces <= smallest.length && !isOver()) {
    const smaller = await leaveOutOne(smallest, pieces, stillFails, isOver);
    if (smaller) {
      smallest = smaller;
      pieces = Math.max(pieces - 1, 2);
    } else if (pieces === smallest.length) return smallest;
    else pieces = Math.min(pieces * 2, smallest.length);
  }
  return smallest;
}

/** The first that still fails without one of its pieces. */
async function leaveOutOne<Item>(
  items: readonly Item[],
  pieces: number,
  stillFails: (some: readonly Item[]) => Promise<boolean>,
  isOver: () => boolean,
): Promise<readonly Item[] | undefined> {
  for (let piece = 0; piece < pieces && !isOver(); piece += 1) {
    const from = Math.floor((piece * items.length) / pieces);
    const until = Math.floor(((piece + 1) * items.length) / pieces);
    const rest = [...items.slice(0, from), ...items.slice(until)];
    if (await stillFails(rest)) return rest;
  }
  return undefined;
}
