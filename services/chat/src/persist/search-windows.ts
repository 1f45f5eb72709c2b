/** What of one room is still to be searched: the places `from` to `upto`, both included. */
export type SearchPlace = { roomId: string; from: number; upto: number; createdAt: number };

/** What of one room is searched now: its newest places, down to `low`. */
export type SearchWindow = { roomId: string; low: number; high: number };

export type SearchPlan = {
  windows: SearchWindow[];
  /** All rooms are searched back to this time, itself included; null: to their beginning. */
  since: number | null;
};

/** Halving three years down to a minute takes 21 steps. */
const STEPS_MAX = 40;

/**
 * Looks for a time since when the rooms hold at most `messagesMax` messages, and no less than half of
 * that, so that a search reads few and gets on. One instant is never divided, however many it holds.
 * As `seq` has no gaps, places alone say how many messages lie between them; nothing is counted.
 *
 * `before` is a time after which nothing is to be searched; `newestBefore` resolves to each room's
 * newest `seq` before a time.
 */
export async function planSearch(
  places: readonly SearchPlace[],
  messagesMax: number,
  before: number,
  newestBefore: (at: number) => Promise<ReadonlyMap<string, number>>,
): Promise<SearchPlan> {
  const open = places.filter((place) => place.upto >= place.from);
  const everything = windowsAbove(open, new Map());
  if (messagesIn(everything) <= messagesMax) return { windows: everything, since: null };
  // Since `tooLong` there are too many, since `shortEnough` not.
  let tooLong = {
    since: Math.min(...open.map((place) => place.createdAt)) - 1,
    windows: everything,
  };
  let shortEnough: { since: number; windows: SearchWindow[] } = { since: before + 1, windows: [] };
  for (let step = 0; step < STEPS_MAX; step++) {
    const since = Math.floor((tooLong.since + shortEnough.since) / 2);
    if (since <= tooLong.since) break;
    const windows = windowsAbove(open, await newestBefore(since));
    if (messagesIn(windows) > messagesMax) tooLong = { since, windows };
    else shortEnough = { since, windows };
    if (messagesIn(shortEnough.windows) >= messagesMax / 2) break;
  }
  return messagesIn(shortEnough.windows) > 0 ? shortEnough : tooLong;
}

function windowsAbove(
  places: readonly SearchPlace[],
  newest: ReadonlyMap<string, number>,
): SearchWindow[] {
  return places.flatMap(({ roomId, from, upto }) => {
    const low = Math.max(from, (newest.get(roomId) ?? 0) + 1);
    return low > upto ? [] : [{ roomId, low, high: upto }];
  });
}

function messagesIn(windows: readonly SearchWindow[]): number {
  return windows.reduce((sum, { low, high }) => sum + high - low + 1, 0);
}
