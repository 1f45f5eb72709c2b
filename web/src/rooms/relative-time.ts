import type { Words } from "../i18n/english.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** How long ago, in the largest whole unit. A clock that runs ahead of the server's says "now". */
export function relativeTime(atMs: number, nowMs: number, words: Words["relative"]): string {
  const elapsedMs = nowMs - atMs;
  if (elapsedMs < MINUTE_MS) return words.now;
  if (elapsedMs < HOUR_MS) return words.minutes(Math.floor(elapsedMs / MINUTE_MS));
  if (elapsedMs < DAY_MS) return words.hours(Math.floor(elapsedMs / HOUR_MS));
  if (elapsedMs < WEEK_MS) return words.days(Math.floor(elapsedMs / DAY_MS));
  return words.weeks(Math.floor(elapsedMs / WEEK_MS));
}
