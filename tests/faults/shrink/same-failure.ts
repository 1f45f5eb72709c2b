import type { Violation } from "../history/history.ts";

/** Whatever differs from one run to the next: ids, numbers, times. */
const OF_ONE_RUN = /[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g;

/**
 * Whether two runs failed in the same way: by the same rule, in the same words. A smaller schedule that fails in
 * another way would explain nothing of the first failure.
 */
export function isSameFailure(one: Violation, other: Violation): boolean {
  return one.rule === other.rule && wordsOf(one) === wordsOf(other);
}

function wordsOf({ what }: Violation): string {
  return what.replace(OF_ONE_RUN, "#");
}
