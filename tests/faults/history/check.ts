import { findLate } from "./arrivals.ts";
import { findLeaks } from "./check-leaks.ts";
import { findSendersOrder, findTwoOrders } from "./check-order.ts";
import { findToldAfterTheEnd } from "./check-sessions.ts";
import { findLost, findNumberGaps, findStoredTwice } from "./check-stored.ts";
import { findMisshown, findWrongViews } from "./check-views.ts";
import type { Allowances, History, Violation } from "./history.ts";

/** Every promise that this history breaks. Pure: the same history is judged the same for ever. */
export function check(history: History, allowances: Allowances): Violation[] {
  const { arrivalMs } = allowances;
  return [
    ...findLost(history),
    ...findStoredTwice(history),
    ...findNumberGaps(history),
    ...findTwoOrders(history),
    ...findSendersOrder(history),
    ...findWrongViews(history),
    ...findMisshown(history),
    ...findLeaks(history),
    ...findToldAfterTheEnd(history, allowances),
    ...(arrivalMs === undefined ? [] : findLate(history, arrivalMs)),
  ];
}
