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

/** As much of Web Locks as is used. */
interface Locks {
  request<Result>(
    name: string,
    options: { signal: AbortSignal },
    work: () => Promise<Result>,
  ): Promise<Result>;
}

type Platform = {
  /** Absent outside secure contexts. */
  locks: Locks | undefined;
  channel: BroadcastChannel | undefined;
};

export function browserTabs(clock: Clock, platform: Platform = platformOfPage()): Tabs {
  const { locks, channel } = platform;
  return {
    exclusively: (name, work) => (locks ? withWebLock(locks, `moim-${name}`, clock, work) : work()),
    post: (message) => channel?.postMessage(message),
    subscribe(listener) {
      const hear = (event: MessageEvent) => listener(event.data);
      channel?.addEventListener("message", hear);
      return () => channel?.removeEventListener("message", hear);
    },
  };
}

function platformOfPage(): Platform {
  const hasChannels = typeof BroadcastChannel !== "undefined";
  return {
    locks: globalThis.navigator?.locks,
    channel: hasChannels ? new BroadcastChannel("moim") : undefined,
  };
}

async function withWebLock<Result>(
  locks: Locks,
  name: string,
  clock: Clock,
  work: () => Promise<Result>,
): Promise<Result> {
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
