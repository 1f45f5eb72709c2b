/** What of one room is still to be searched: the places `from` to `upto`, both included. */
export type SearchPlace = { roomId: string; from: number; upto: number };

/** What of one room is searched now: the newest places of a `SearchPlace`, down to `low`. */
export type SearchWindow = { roomId: string; low: number; high: number; isCut: boolean };

/**
 * Shares `messagesMax` out among the rooms: everything where that suffices, otherwise the same part of
 * each room's remaining messages, and at least one, so that every search gets on. As `seq` has no gaps
 * the numbers alone say how many messages there are; nothing is counted.
 */
export function searchWindows(places: readonly SearchPlace[], messagesMax: number): SearchWindow[] {
  const open = places.filter((place) => place.upto >= place.from);
  const remaining = open.reduce((sum, place) => sum + messagesIn(place), 0);
  const part = remaining <= messagesMax ? 1 : messagesMax / remaining;
  return open.map((place) => {
    const wanted = Math.max(1, Math.floor(messagesIn(place) * part));
    const low = Math.max(place.from, place.upto - wanted + 1);
    return { roomId: place.roomId, low, high: place.upto, isCut: low > place.from };
  });
}

function messagesIn({ from, upto }: SearchPlace): number {
  return upto - from + 1;
}
