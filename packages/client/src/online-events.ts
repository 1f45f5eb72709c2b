/** What the surroundings tell about the network and about being looked at. */
export type OnlineEvent = "online" | "offline" | "visible";

export interface OnlineEvents {
  /** False only when the platform is sure that there is no network. */
  isOnline(): boolean;
  subscribe(listener: (event: OnlineEvent) => void): () => void;
}

/** For Node: nothing is known, so every attempt is worth it. */
export const alwaysOnline: OnlineEvents = { isOnline: () => true, subscribe: () => () => {} };

export function browserOnlineEvents(): OnlineEvents {
  return {
    isOnline: () => navigator.onLine,
    subscribe(listener) {
      const abort = new AbortController();
      const on = (target: EventTarget, name: string, tell: () => void) =>
        target.addEventListener(name, tell, { signal: abort.signal });
      on(window, "online", () => listener("online"));
      on(window, "offline", () => listener("offline"));
      on(document, "visibilitychange", () => {
        if (document.visibilityState === "visible") listener("visible");
      });
      // A page taken out of the back/forward cache has lost its socket without hearing of it.
      on(window, "pageshow", () => listener("visible"));
      return () => abort.abort();
    },
  };
}
