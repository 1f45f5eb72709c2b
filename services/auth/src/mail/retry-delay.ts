const FIRST_DELAY_MS = 1_000;
/** A code is of use for ten minutes: even late attempts must come often within them. */
const DELAY_MS_MAX = 60_000;

/** Doubles with each attempt; half of it is random, so that letters do not all come at once again. */
export function retryDelayMs(attempts: number, random: () => number): number {
  const full = Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 20), DELAY_MS_MAX);
  return Math.round(full * (0.5 + random() / 2));
}
