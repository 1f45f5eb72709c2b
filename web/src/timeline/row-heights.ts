/** Taken for a row's height before any has been measured. */
const FIRST_GUESS_PX = 56;
/** Measured heights kept; far more than the rows of one room, so that a reader who goes back finds them. */
const KEPT_MAX = 40_000;

/** Heights of rows by key: as measured where a row has been on the page, else the mean of those. */
export class RowHeights {
  readonly #measured = new Map<string, number>();
  #sumPx = 0;
  #guessPx = FIRST_GUESS_PX;

  of(key: string): number {
    return this.#measured.get(key) ?? this.#guessPx;
  }

  measure(key: string, heightPx: number): void {
    const known = this.#measured.get(key);
    if (known === heightPx) return;
    if (known === undefined && this.#measured.size >= KEPT_MAX) this.forget();
    this.#sumPx += heightPx - (this.#measured.get(key) ?? 0);
    this.#measured.set(key, heightPx);
    this.#guessPx = this.#sumPx / this.#measured.size;
  }

  /** The width has changed, and with it every height. Their mean stays as the guess. */
  forget(): void {
    this.#measured.clear();
    this.#sumPx = 0;
  }
}
