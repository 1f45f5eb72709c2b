/** What one rate came to. */
export type Attempt = { rate: number; holds: boolean };

export type SearchOptions = {
  /** The first rate that is tried. */
  from: number;
  /** No rate above is tried: the users may not send more. */
  max: number;
  /** The answer is exact to this share of itself. */
  precision: number;
};

/** A search ends after so many attempts, whatever it knows by then. */
const ATTEMPTS_MAX = 16;

/**
 * The highest rate that holds: doubles until one does not (or halves until one does), then halves the
 * distance between the highest that held and the lowest that did not. 0 when none holds.
 */
export async function findCapacity(
  attempt: (rate: number) => Promise<boolean>,
  { from, max, precision }: SearchOptions,
): Promise<number> {
  let held = 0;
  let failed = Number.POSITIVE_INFINITY;
  let rate = Math.min(from, max);
  for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts++) {
    if (await attempt(rate)) held = rate;
    else failed = rate;
    if (held >= max || (failed - held) / Math.max(held, 1) <= precision || failed <= 1) break;
    rate = nextRate(held, failed, max);
  }
  return held;
}

function nextRate(held: number, failed: number, max: number): number {
  if (failed === Number.POSITIVE_INFINITY) return Math.min(held * 2, max);
  if (held === 0) return Math.max(1, Math.round(failed / 2));
  return Math.round((held + failed) / 2);
}
