import { UNTOLD_GAP_MS } from "../receive/gaps.ts";
import type { LateWord } from "../run/ledger.ts";

/** Redis was away. */
export type Outage = { fromMicros: number; untilMicros: number };

const UNTOLD_MICROS = UNTOLD_GAP_MS * 1_000;

/**
 * Those words of the server that came later than it promises: of a message that was certainly stored by
 * `answeredMicros`, to somebody whose connection stood all the time. Where Redis is away, and for as long as it
 * may take to notice after that, receivers of other nodes catch up when they can. A message without an answer may
 * have been stored just before the word came.
 */
export function toldTooLate(
  words: readonly LateWord[],
  answeredMicros: (key: number) => number | undefined,
  outages: readonly Outage[],
): LateWord[] {
  return words.filter(({ key, toldMicros, standstillMicros }) => {
    const answered = answeredMicros(key);
    if (answered === undefined) return false;
    const isExcused = outages.some(
      ({ fromMicros, untilMicros }) =>
        toldMicros >= fromMicros && answered <= untilMicros + UNTOLD_MICROS,
    );
    return !isExcused && toldMicros - answered - standstillMicros > UNTOLD_MICROS;
  });
}
