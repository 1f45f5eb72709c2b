import { MoimError } from "@moim/client";
import type { Words } from "../i18n/english.ts";

/** A sentence that is said again when the page begins to speak another language. */
export type Saying = (words: Words) => string;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** Counted in the smaller unit up to here. */
const OF_A_UNIT_MAX = 90;

/** What to tell the user about something that failed, and what can be done about it. */
export function sayingOf(error: unknown, isOnline: boolean): Saying {
  const { code, retryAfterMs } = MoimError.from(error);
  if (code === "unavailable" && !isOnline) return (words) => words.failedOffline;
  if (code === "rate_limited" && retryAfterMs !== undefined) return waitingFor(retryAfterMs);
  return (words) => words.failures[code];
}

function waitingFor(retryAfterMs: number): Saying {
  const units = [
    ["seconds", SECOND_MS],
    ["minutes", MINUTE_MS],
    ["hours", HOUR_MS],
  ] as const;
  const fits = units.find(([, unitMs]) => retryAfterMs <= OF_A_UNIT_MAX * unitMs);
  const [unit, unitMs] = fits ?? units[2];
  return (words) => words.tryAgainIn[unit](Math.ceil(retryAfterMs / unitMs));
}
