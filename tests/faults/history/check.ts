import { findLate } from "./arrivals.ts";
import {
  findAnsweredAfterTheEnd,
  findFailed,
  findRefused,
  findUnanswered,
} from "./check-answers.ts";
import { findUnheard } from "./check-heard.ts";
import { findLeaks } from "./check-leaks.ts";
import { findWrongLists } from "./check-lists.ts";
import { findNotServed } from "./check-live.ts";
import { findCutOff, findSilenced } from "./check-meanwhile.ts";
import { findSendersOrder, findTwoOrders } from "./check-order.ts";
import { findWrongOwners, findWrongRoles } from "./check-owners.ts";
import { findToldAfterTheEnd } from "./check-sessions.ts";
import { findSignalLeaks, findToldToTheEnded } from "./check-signals.ts";
import { findLost, findNumberGaps, findRolledBack, findStoredTwice } from "./check-stored.ts";
import { findMisshown, findWrongViews } from "./check-views.ts";
import { findOvertaken, findRepeated } from "./check-wire.ts";
import { findAltered, findAnsweringOthers } from "./check-words.ts";
import type { Allowances, History, Violation } from "./history.ts";

/** Every promise that this history breaks. Pure: the same history is judged the same for ever. */
export function check(history: History, allowances: Allowances): Violation[] {
  const { answerMs, arrivalMs, isAcknowledging, isConnected, liveMs } = allowances;
  return [
    ...findLost(history),
    ...findAltered(history),
    ...findAnsweringOthers(history),
    ...findRolledBack(history),
    ...findStoredTwice(history),
    ...findNumberGaps(history),
    ...findTwoOrders(history),
    ...findSendersOrder(history),
    ...findOvertaken(history),
    ...findRepeated(history),
    ...findWrongViews(history),
    ...findWrongLists(history),
    ...findWrongOwners(history),
    ...findWrongRoles(history),
    ...findMisshown(history),
    ...findLeaks(history),
    ...findToldAfterTheEnd(history, allowances),
    ...findSignalLeaks(history, allowances),
    ...findToldToTheEnded(history, allowances),
    ...findRefused(history),
    ...findFailed(history),
    ...findAnsweredAfterTheEnd(history, allowances),
    ...(answerMs === undefined ? [] : findUnanswered(history, answerMs)),
    ...(liveMs === undefined ? [] : findNotServed(history, liveMs)),
    ...(isAcknowledging ? findSilenced(history) : []),
    ...(isConnected ? findCutOff(history) : []),
    ...findUnheard(history, allowances),
    ...(arrivalMs === undefined ? [] : findLate(history, arrivalMs)),
  ];
}
