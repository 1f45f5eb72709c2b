export type Count = {
  /** This one included. */
  current: number;
  /** Milliseconds until counting begins anew. */
  ttl: number;
};

type Window = { current: number; endsAt: number };

/** So many are counted at once at most; beyond, those whose window began first are forgotten. */
const WINDOWS_MAX = 50_000;

/** Counts per key within windows that begin with the first count. For one process. */
export class MemoryCounts {
  readonly #now: () => number;
  readonly #windowsMax: number;
  /** In the order in which they began. */
  readonly #windows = new Map<string, Window>();

  constructor(now: () => number, windowsMax = WINDOWS_MAX) {
    this.#now = now;
    this.#windowsMax = windowsMax;
  }

  count(key: string, windowMs: number): Count {
    const now = this.#now();
    const window = this.#windows.get(key);
    if (window === undefined || window.endsAt <= now) {
      this.#begin(key, { current: 1, endsAt: now + windowMs });
      return { current: 1, ttl: windowMs };
    }
    window.current++;
    return { current: window.current, ttl: window.endsAt - now };
  }

  /** One less, as long as its window lasts. */
  giveBack(key: string): void {
    const window = this.#windows.get(key);
    if (window !== undefined && window.current > 0) window.current--;
  }

  #begin(key: string, window: Window): void {
    this.#windows.delete(key);
    this.#windows.set(key, window);
    if (this.#windows.size <= this.#windowsMax) return;
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined) this.#windows.delete(oldest);
  }
}
