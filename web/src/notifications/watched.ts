const WATCHED = "moim.watched";

/**
 * Holds a lock, shared by all tabs, for as long as somebody looks at this one: so every tab knows
 * whether any is looked at. Returns what lets go of it.
 */
export function holdWatched(): () => void {
  const { locks } = navigator;
  if (locks === undefined) return () => {};
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  // Resolves when released; only a page that ends is refused.
  locks.request(WATCHED, { mode: "shared" }, () => released).catch(() => undefined);
  return release;
}

/** Whether somebody looks at any tab of this browser. */
export async function isAnyTabWatched(): Promise<boolean> {
  const held = (await navigator.locks?.query())?.held ?? [];
  return held.some(({ name }) => name === WATCHED);
}
