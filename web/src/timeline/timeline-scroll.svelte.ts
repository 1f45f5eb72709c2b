import { RowHeights } from "./row-heights.ts";
import { type Bounds, placeAt, type RowWindow, shownRows, windowAround } from "./row-window.ts";
import type { Row } from "./rows.ts";

/** Nearer to the end than this counts as being there. */
const AT_END_PX = 48;
/** Rows on the page beyond what is in view, on each side, as a part of the height in view … */
const OVERSCAN_SCREENS = 1.2;
/** … and at least so much: a small window is scrolled as fast as a large one. */
const OVERSCAN_PX_MIN = 700;
/** The window moves once fewer than this part of the overscan is left. */
const OVERSCAN_LEFT = 0.4;
/** The first rows: hardly more than what is in view, which is drawn so much sooner. */
const FIRST_OVERSCAN_SCREENS = 0.1;
/** Further than this, moving smoothly would only take time. */
const SMOOTH_SCREENS_MAX = 2;
/** Moving smoothly, this part of what is left is covered in about each such time. */
const TRAVEL_MS = 90;
/** What a reader does to go elsewhere: it ends the way to the end. */
const TURNS_AWAY = ["wheel", "touchstart", "pointerdown", "keydown"];
/** A row has been seen once this much of it is in view. */
const SEEN_PX = 32;

/** A row in view, and where it stood in the content: that does not change by scrolling. */
type Mark = { readonly key: string; readonly element: HTMLElement; readonly contentPx: number };

type Hold =
  /** The end is kept to, whatever comes. */
  | { readonly at: "end" }
  /** What is in view stays where it is. */
  | { readonly at: "marks"; readonly marks: readonly Mark[] }
  /** This row is to stand there as soon as it is on the page. */
  | { readonly at: "row"; readonly key: string; readonly topPx: number };

/**
 * Which rows are on the page, and where the page stands. Only rows in and near the view are there;
 * for the others there are gaps of their height, measured or guessed. Guarantees: whatever row is in
 * view keeps its place to the pixel while rows come, go and change their height above or below it,
 * in any combination, and while guesses turn into measures; a reader at the end stays at the end.
 *
 * It does by hand what browsers call scroll anchoring, because they do not anchor at the very top,
 * and Safari does not at all; the style sheet turns theirs off.
 */
export class TimelineScroll {
  readonly #heights = new RowHeights();
  #scroller: HTMLElement | null = null;
  #list: HTMLElement | null = null;
  #widthPx = 0;
  #hold: Hold = { at: "end" };
  #rows: readonly Row[] = $state.raw([]);
  #window: RowWindow = $state.raw({ first: 0, last: -1 });
  #pinnedKey: string | null = $state(null);
  /** Where the page stood when it was last put or looked at. */
  #knownTopPx = 0;
  #drawing: "nothing yet" | "first rows" | "all rows" = "nothing yet";
  /** Ends the way to the end that one is on. */
  #stopTravelling: () => void = () => {};
  readonly #laidOut = $derived(
    shownRows(
      this.#rows,
      this.#window,
      this.#pinnedKey === null ? -1 : this.#indexOf(this.#pinnedKey),
      (index) => this.#heightOf(index),
    ),
  );

  attach(scroller: HTMLElement, list: HTMLElement): void {
    this.#scroller = scroller;
    this.#list = list;
    this.#widthPx = scroller.clientWidth;
    for (const name of TURNS_AWAY) {
      scroller.addEventListener(name, () => this.#stopTravelling(), { passive: true });
    }
  }

  /** The rows to put on the page. */
  get shown() {
    return this.#laidOut.shown;
  }

  /** The height of what is left out after the last of them. */
  get tailPx(): number {
    return this.#laidOut.tailPx;
  }

  get isAtEnd(): boolean {
    return this.#hold.at === "end";
  }

  /** How many heights of the view lie above it: decides when to load older messages. */
  get screensAbove(): number {
    const { scrollTop = 0, clientHeight = 1 } = this.#scroller ?? {};
    return scrollTop / Math.max(1, clientHeight);
  }

  get screensBelow(): number {
    return this.#belowPx() / Math.max(1, this.#scroller?.clientHeight ?? 1);
  }

  /** Call before the page changes: these are the rows from now on. */
  take(rows: readonly Row[]): void {
    this.#rows = rows;
    this.#window = this.#windowNow();
    if (rows.length === 0 || this.#drawing !== "nothing yet") return;
    this.#drawing = "first rows";
    // After the frame that shows them.
    requestAnimationFrame(() => setTimeout(() => this.#drawAll()));
  }

  /** Call once the page has changed, or anything on it has changed its height. */
  settle(): void {
    if (this.#hasLeftUnseen()) this.#note();
    this.#settle();
  }

  #settle(): void {
    if (this.#scroller === null || this.#list === null) return;
    this.#measure();
    if (this.#restore(this.#scroller) && this.#hold.at !== "end") this.#note();
    this.#knownTopPx = this.#scroller.scrollTop;
    this.#fill();
  }

  /**
   * The reader has turned away from the end, and the browser, which says so once a picture, has not yet.
   * What merely became shorter ends at its end.
   */
  #hasLeftUnseen(): boolean {
    if (this.#hold.at !== "end" || this.#scroller === null) return false;
    return this.#scroller.scrollTop < this.#knownTopPx && this.#belowPx() >= AT_END_PX;
  }

  /** The user has scrolled. `canKeepToEnd`: the last row is the newest there is. */
  look(canKeepToEnd: boolean): void {
    if (canKeepToEnd && this.#belowPx() < AT_END_PX) this.#hold = { at: "end" };
    else this.#note();
    this.#knownTopPx = this.#scroller?.scrollTop ?? 0;
    this.#fill();
  }

  toEnd(): void {
    this.#stopTravelling();
    this.#hold = { at: "end" };
    this.#measure();
    this.#window = this.#windowNow();
    this.#settle();
  }

  /** To the end by the reader's wish: seen to move where it is near, at once where it is far. */
  travelToEnd(): void {
    const isFar = this.screensBelow > SMOOTH_SCREENS_MAX;
    if (isFar || matchMedia("(prefers-reduced-motion: reduce)").matches) this.toEnd();
    else this.#travel();
  }

  /** The browser's own smooth scrolling ends at whatever is put right on the way, and where the end was. */
  #travel(): void {
    this.#stopTravelling();
    let frame = 0;
    let beforeMs = performance.now();
    const step = (nowMs: number) => {
      const leftPx = this.#belowPx();
      if (leftPx <= 1) return this.toEnd();
      const part = 1 - Math.exp(-Math.max(0, nowMs - beforeMs) / TRAVEL_MS);
      beforeMs = nowMs;
      this.#scroller?.scrollBy(0, Math.max(1, Math.round(leftPx * part)));
      frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    this.#stopTravelling = () => cancelAnimationFrame(frame);
  }

  /** Puts a row at this part of the height in view, or as near to it as the ends allow. */
  show(key: string, atPart: number): void {
    if (this.#indexOf(key) < 0 || this.#scroller === null) return;
    this.#stopTravelling();
    this.#hold = { at: "row", key, topPx: this.#scroller.clientHeight * atPart };
    this.#window = this.#windowNow();
    this.#settle();
  }

  /** As `show`, unless the row stands lower already. */
  raise(key: string, atPart: number): void {
    const element = this.#rowElements().find(({ dataset }) => dataset.key === key);
    if (element !== undefined && this.#scroller !== null) {
      const topPx =
        element.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
      if (topPx > this.#scroller.clientHeight * atPart) return;
    }
    this.show(key, atPart);
  }

  /** This row stays on the page wherever the view goes: it has the focus. */
  pin(key: string | null): void {
    this.#pinnedKey = key;
  }

  /** The highest `seq` that is in view; 0 where none is. */
  highestSeqInView(): number {
    if (this.#scroller === null || this.#list === null) return 0;
    const bottom = this.#scroller.getBoundingClientRect().bottom;
    for (let row = this.#list.lastElementChild; row !== null; row = row.previousElementSibling) {
      const box = row.getBoundingClientRect();
      if (box.top + Math.min(box.height, SEEN_PX) > bottom) continue;
      const seq = row instanceof HTMLElement ? Number(row.dataset.seq ?? 0) : 0;
      if (seq > 0) return seq;
    }
    return 0;
  }

  #indexOf(key: string): number {
    return this.#rows.findIndex((row) => row.key === key);
  }

  #heightOf(index: number): number {
    const row = this.#rows[index];
    return row === undefined ? 0 : this.#heights.of(row.key);
  }

  #belowPx(): number {
    if (this.#scroller === null) return 0;
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return scrollHeight - clientHeight - scrollTop;
  }

  #rowElements(): HTMLElement[] {
    const children = [...(this.#list?.children ?? [])];
    return children.filter((child): child is HTMLElement => child instanceof HTMLElement);
  }

  #measure(): void {
    const width = this.#scroller?.clientWidth ?? 0;
    if (width !== this.#widthPx) this.#heights.forget();
    this.#widthPx = width;
    for (const element of this.#rowElements()) {
      const { key } = element.dataset;
      if (key !== undefined) this.#heights.measure(key, element.getBoundingClientRect().height);
    }
  }

  /** Scrolls so that what is held stands where it is to stand; false while it is not on the page. */
  #restore(scroller: HTMLElement): boolean {
    const hold = this.#hold;
    if (hold.at === "end") {
      scroller.scrollTop = scroller.scrollHeight;
      return true;
    }
    const top = scroller.getBoundingClientRect().top;
    if (hold.at === "row") {
      const element = this.#rowElements().find(({ dataset }) => dataset.key === hold.key);
      if (element === undefined) return this.#indexOf(hold.key) < 0;
      scroller.scrollTop += element.getBoundingClientRect().top - top - hold.topPx;
      return true;
    }
    const mark = hold.marks.find(({ element }) => element.isConnected);
    if (mark === undefined) return true;
    const contentPx = mark.element.getBoundingClientRect().top - top + scroller.scrollTop;
    const movedPx = contentPx - mark.contentPx;
    if (movedPx !== 0) scroller.scrollTop += movedPx;
    return true;
  }

  /** Remembers what is in view and where it stands. */
  #note(): void {
    if (this.#scroller === null) return;
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    const scrolled = this.#scroller.scrollTop;
    const marks: Mark[] = [];
    for (const element of this.#rowElements()) {
      const box = element.getBoundingClientRect();
      const { key, drifts } = element.dataset;
      // Day separators and the divider move between rows: they hold nothing in its place.
      if (key === undefined || drifts !== undefined) continue;
      if (box.bottom <= top || box.top >= bottom) continue;
      marks.push({ key, element, contentPx: box.top - top + scrolled });
    }
    this.#hold = marks.length > 0 ? { at: "marks", marks } : this.#fromOffset(top);
  }

  /** The view has been moved to where no row is on the page: the one that belongs there. */
  #fromOffset(top: number): Hold {
    const listTop = this.#list?.getBoundingClientRect().top ?? top;
    const place = placeAt(top - listTop, this.#bounds(0));
    const key = this.#rows[place.index]?.key;
    return key === undefined ? { at: "end" } : { at: "row", key, topPx: place.topPx };
  }

  #drawAll(): void {
    this.#drawing = "all rows";
    this.#fill();
  }

  /** Moves the window where the view comes near its edge. */
  #fill(): void {
    const { first, last } = this.#windowAt(OVERSCAN_LEFT);
    if (first < this.#window.first || last > this.#window.last) this.#window = this.#windowNow();
  }

  #windowNow(): RowWindow {
    return this.#windowAt(1);
  }

  #windowAt(overscanPart: number): RowWindow {
    const bounds = this.#bounds(overscanPart);
    const hold = this.#hold;
    if (hold.at === "row") {
      return windowAround({ index: this.#indexOf(hold.key), topPx: hold.topPx }, bounds);
    }
    const scrolled = this.#scroller?.scrollTop ?? 0;
    for (const { key, contentPx } of hold.at === "marks" ? hold.marks : []) {
      const index = this.#indexOf(key);
      if (index >= 0) return windowAround({ index, topPx: contentPx - scrolled }, bounds);
    }
    const index = this.#rows.length - 1;
    return windowAround({ index, topPx: bounds.viewPx - this.#heightOf(index) }, bounds);
  }

  #bounds(overscanPart: number): Bounds {
    const viewPx = this.#scroller?.clientHeight ?? window.innerHeight;
    const overscanPx =
      this.#drawing === "all rows"
        ? Math.max(viewPx * OVERSCAN_SCREENS, OVERSCAN_PX_MIN)
        : viewPx * FIRST_OVERSCAN_SCREENS;
    return {
      count: this.#rows.length,
      heightOf: (index) => this.#heightOf(index),
      viewPx,
      overscanPx: overscanPx * overscanPart,
    };
  }
}
