import { LOCK_WAIT_MS } from "./bounds.ts";
import type { Clock } from "./clock.ts";

/**
 * What the tabs of one browser have in common. Everything here saves work; nothing here is needed
 * for correctness, for a frozen tab may hold a lock and never hear a message.
 */
export interface Tabs {
  /** Runs `work` while no other tab runs work of that name, or after `LOCK_WAIT_MS` regardless. */
  exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** Tells the other tabs. */
  post(message: unknown): void;
  subscribe(listener: (message: unknown) => void): () => void;
}

/** For Node, and for sessions that are no browser's: there are no others. */
export const noTabs: Tabs = {
  exclusively: (_name, work) => work(),
  post: () => {},
  subscribe: () => () => {},
};

export function browserTabs(clock: Clock): Tabs {
  const channel =
    typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("moim");
  return {
    exclusively: (name, work) => withWebLock(`moim-${name}`, clock, work),
    post: (message) => channel?.postMessage(message),
    subscribe(listener) {
      const hear = (event: MessageEvent) => listener(event.data);
      channel?.addEventListener("message", hear);
      return () => channel?.removeEventListener("message", hear);
    },
  };
}

async function withWebLock<Result>(
  name: string,
  clock: Clock,
  work: () => Promise<Result>,
): Promise<Result> {
  // Absent outside secure contexts.
  const locks = globalThis.navigator?.locks;
  if (!locks) return work();
  const abort = new AbortController();
  const cancel = clock.after(LOCK_WAIT_MS, () => abort.abort());
  let begun = false;
  try {
    return await locks.request(name, { signal: abort.signal }, () => {
      begun = true;
      cancel();
      return work();
    });
  } catch (error) {
    if (begun) throw error;
    return work();
  } finally {
    cancel();
  }
}
