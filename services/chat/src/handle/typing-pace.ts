/** Between two announcements of one user in one room. */
const PACE_MS = 2_000;
/** Older entries say nothing any more; this many are kept at the most. */
const ENTRIES_MAX = 10_000;

type Announced = { at: number; typing: boolean };

/** Thins out what typing clients send, so that nothing of it ever slows messages. */
export class TypingPace {
  readonly #now: () => number;
  readonly #announced = new Map<string, Announced>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether `admits` would say no. */
  isTooSoon(userId: string, roomId: string, typing: boolean): boolean {
    const last = this.#announced.get(`${userId} ${roomId}`);
    if (!last) return false;
    const isEnd = last.typing && !typing;
    return !isEnd && this.#now() - last.at < PACE_MS;
  }

  /** Whether this one passes: one per 2 s, and the end of typing always after its beginning. */
  admits(userId: string, roomId: string, typing: boolean): boolean {
    const key = `${userId} ${roomId}`;
    const last = this.#announced.get(key);
    const now = this.#now();
    if (this.isTooSoon(userId, roomId, typing)) return false;
    const isEnd = last?.typing === true && !typing;
    // The beginning counts for the pace: ends and beginnings in turn are no way around it.
    this.#announced.delete(key);
    this.#announced.set(key, { at: isEnd ? last.at : now, typing });
    this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    if (this.#announced.size <= ENTRIES_MAX) return;
    for (const key of this.#announced.keys()) {
      this.#announced.delete(key);
      return;
    }
  }
}
