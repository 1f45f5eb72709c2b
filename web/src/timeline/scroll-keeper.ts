/** Nearer to the end than this counts as being there. */
const AT_END_PX = 48;
/** Where the first unread message is shown when a room opens, as a part of the height. */
const DIVIDER_AT = 0.2;
/** Further than this, moving smoothly would only take time. */
const SMOOTH_SCREENS_MAX = 2;
/** A row has been seen once this much of it is in view. */
const SEEN_PX = 32;

/**
 * Keeps what is being read where it is while rows come and go above and below it, and keeps to the
 * end while the reader is there. It does by hand what browsers call scroll anchoring, because they
 * do not anchor at the very top, and Safari does not at all; the style sheet turns theirs off.
 */
export class ScrollKeeper {
  readonly #scroller: HTMLElement;
  readonly #list: HTMLElement;
  #keepsToEnd = true;
  #anchor: { row: Element; top: number } | null = null;

  constructor(scroller: HTMLElement, list: HTMLElement) {
    this.#scroller = scroller;
    this.#list = list;
  }

  get isAtEnd(): boolean {
    return this.#keepsToEnd;
  }

  /** How many heights of the window lie above: decides when to load older messages. */
  get screensAbove(): number {
    return this.#scroller.scrollTop / Math.max(1, this.#scroller.clientHeight);
  }

  /** The user has scrolled. */
  look(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#keepsToEnd = scrollHeight - clientHeight - scrollTop < AT_END_PX;
  }

  /** Call before the rows change … */
  hold(): void {
    this.#anchor = null;
    if (this.#keepsToEnd) return;
    const top = this.#scroller.getBoundingClientRect().top;
    const row = this.#firstRowBelow(top);
    if (row !== undefined) this.#anchor = { row, top: row.getBoundingClientRect().top };
  }

  /** … and this once they have changed. */
  settle(): void {
    if (this.#keepsToEnd) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    } else if (this.#anchor?.row.isConnected) {
      const movedBy = this.#anchor.row.getBoundingClientRect().top - this.#anchor.top;
      if (movedBy !== 0) this.#scroller.scrollTop += movedBy;
    }
    this.#anchor = null;
  }

  toEnd(): void {
    this.#keepsToEnd = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** To the end by the reader's wish: seen to move where it is near, at once where it is far. */
  travelToEnd(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    if (scrollHeight - clientHeight - scrollTop > clientHeight * SMOOTH_SCREENS_MAX) this.toEnd();
    else this.#scroller.scrollTo({ top: scrollHeight, behavior: "smooth" });
  }

  /** Where a room opens: at its first unread message, or at the end where all of them fit. */
  openAt(divider: Element | null): void {
    this.toEnd();
    if (divider === null) return;
    const offset = divider.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
    const wanted = offset - this.#scroller.clientHeight * DIVIDER_AT;
    if (wanted < 0) this.#scroller.scrollTop += wanted;
    this.look();
  }

  /** The highest `seq` that is in view; 0 where none is. */
  highestSeqInView(): number {
    const bottom = this.#scroller.getBoundingClientRect().bottom;
    for (let row = this.#list.lastElementChild; row !== null; row = row.previousElementSibling) {
      const box = row.getBoundingClientRect();
      if (box.top + Math.min(box.height, SEEN_PX) > bottom) continue;
      const seq = row instanceof HTMLElement ? Number(row.dataset.seq ?? 0) : 0;
      if (seq > 0) return seq;
    }
    return 0;
  }

  #firstRowBelow(top: number): Element | undefined {
    const rows = this.#list.children;
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const box = rows[middle]?.getBoundingClientRect();
      if (box !== undefined && box.bottom <= top) low = middle + 1;
      else high = middle;
    }
    return rows[low];
  }
}
