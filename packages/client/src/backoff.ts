import { BACKOFF_FIRST_MS, BACKOFF_MAX_MS } from "./bounds.ts";
import type { Clock } from "./clock.ts";
import type { OnlineEvents } from "./online-events.ts";

/** Full jitter: evenly spread, so that clients of a node that died do not come back in step. */
export function backoffMs(attempt: number, random: () => number): number {
  return random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 16));
}

/**
 * Resolves after `ms`, or sooner when the network comes back, the page is looked at again, or
 * `signal` aborts. Never rejects.
 */
export function pause(
  ms: number,
  clock: Clock,
  online: OnlineEvents,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      unsubscribe();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    const unsubscribe = online.subscribe((event) => {
      if (event !== "offline") finish();
    });
    signal?.addEventListener("abort", finish);
  });
}
