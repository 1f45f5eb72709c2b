import { tick } from "svelte";
import type { RoomSession } from "../rooms/room-session.svelte.ts";
import type { TimelineScroll } from "./timeline-scroll.svelte.ts";

/** Where the first message that is new is shown when a room opens, as a part of the height. */
const DIVIDER_AT = 0.2;

export type OpeningParts = {
  session: Pick<
    RoomSession,
    | "roomId"
    | "view"
    | "rows"
    | "placeDivider"
    | "hasDivider"
    | "holdsAfter"
    | "seekAfter"
    | "expectNew"
    | "meetNew"
  >;
  scroll: Pick<TimelineScroll, "isAtEnd" | "toEnd" | "show" | "raise" | "settle">;
  /** The view stands where the reader is to begin. */
  onOpened: () => void;
};

/**
 * Where a room opens: at what is new, however far back that begins, or at the end. Nothing counts as
 * read on the way there, nor of what is left of last time; what comes while nobody looks, or what a
 * lost connection kept back, is found where it begins.
 */
export class Opening {
  readonly #parts: OpeningParts;
  /** The messages are on the page somewhere … */
  #isPlaced = $state(false);
  /** … and have been where they are to be read. */
  #hasOpened = $state(false);
  #isPlacing = $state(false);
  #isSeeking = $state(false);
  /** Under way; they may overlap. */
  #jumps = $state(0);
  /** How many have arrived. */
  #arrivals = 0;
  /** One has gone to the end, and what is new is no longer looked for. */
  #hasGoneToEnd = false;
  /** The end was wished for where what is held ends before it. */
  #isDueAtEnd = false;
  /** Nobody looks, or what is shown is not all there is. */
  #isAway = false;

  constructor(parts: OpeningParts) {
    this.#parts = parts;
  }

  get isPlaced(): boolean {
    return this.#isPlaced;
  }

  /** False on the way to another place: what is in view then was not meant to be read. */
  get isOpened(): boolean {
    return this.#hasOpened && !this.#isPlacing && this.#jumps === 0;
  }

  /** What is new begins before what is held: nothing is shown until that is there. */
  get isSeeking(): boolean {
    return this.#isSeeking;
  }

  /** Call whenever more is known of the room. */
  async place(): Promise<void> {
    const { session, scroll } = this.#parts;
    const { room, state, isCurrent } = session.view;
    if (state !== "ready") return;
    // What is left of last time does not tell what is new.
    if (room !== null && isCurrent) session.placeDivider(room);
    if (this.#isDueAtEnd && !session.view.hasNewer) this.toEnd();
    if (this.#hasOpened || this.#isPlacing || this.#jumps > 0) return;
    // Its messages may be there before the room itself is known, and the network may go in between.
    if (room === null || !isCurrent) return this.#placeForNow();
    // Somebody may have moved in what was left of last time.
    if (this.#isPlaced && !scroll.isAtEnd) this.#open();
    else await this.#begin(room.unread > 0 && !this.#hasGoneToEnd ? room.readSeq : null);
  }

  /** Goes elsewhere in the room; nothing on the way is read. `go` tells whether it got there. */
  async jump(go: () => Promise<boolean>): Promise<void> {
    this.#jumps++;
    this.#isDueAtEnd = false;
    let isThere = false;
    try {
      isThere = await go();
      if (isThere) await this.#arrive();
    } finally {
      this.#jumps--;
      if (isThere) this.#open();
      // Where the jump led nowhere, the room opens as it would have.
      void this.place();
    }
  }

  /**
   * To the end of what is held, and to the room's own once that is held, whichever page it comes with: other rows may
   * stand in view by then, or none that were. Has the last word over where the room was about to open.
   */
  toEnd(): void {
    const { session, scroll } = this.#parts;
    this.#arrivals++;
    this.#hasGoneToEnd = true;
    this.#isPlaced = true;
    this.#isDueAtEnd = session.view.hasNewer;
    scroll.toEnd();
  }

  /** To the room's newest message; `load` tells whether it has come. A jump meanwhile has the last word. */
  async toNewest(load: () => Promise<boolean>): Promise<void> {
    const hasCome = await load();
    await tick();
    if (hasCome && !this.#parts.session.view.hasNewer) this.toEnd();
  }

  /** What comes from now on has not been seen, though the view follows it. */
  lookAway(): void {
    this.#isAway = true;
    if (this.isOpened) this.#expectNew(true);
  }

  comeBack(): void {
    this.#isAway = false;
    const seenSeq = this.#parts.session.meetNew();
    if (seenSeq !== null && this.#parts.scroll.isAtEnd) void this.#begin(seenSeq);
    else if (this.isOpened) this.#parts.onOpened();
  }

  /** Without a network, or before it has answered. */
  #placeForNow(): void {
    if (this.#isPlaced) return;
    this.#isPlaced = true;
    this.#parts.scroll.toEnd();
    this.#markShown();
  }

  async #arrive(): Promise<void> {
    this.#arrivals++;
    this.#isPlaced = true;
    await tick();
    this.#parts.scroll.settle();
  }

  #open(): void {
    const isFirst = !this.#hasOpened;
    this.#isPlaced = true;
    this.#hasOpened = true;
    if (this.#isAway) this.#expectNew(!isFirst);
    this.#parts.onOpened();
    if (isFirst) this.#markShown();
  }

  /** The end is in view, and is followed. */
  #expectNew(hasSeenAll: boolean): void {
    const { session, scroll } = this.#parts;
    if (scroll.isAtEnd && !session.view.hasNewer) session.expectNew(hasSeenAll);
  }

  #markShown(): void {
    const { roomId } = this.#parts.session;
    performance.mark("moim:room-shown", { detail: { roomId } });
  }

  /** Where what is new begins: after `seenSeq`, or nowhere. A jump meanwhile has the last word. */
  async #begin(seenSeq: number | null): Promise<void> {
    this.#isPlacing = true;
    await this.#toWhatIsNew(seenSeq);
    this.#isPlacing = false;
    if (this.#jumps === 0) this.#open();
  }

  async #toWhatIsNew(seenSeq: number | null): Promise<void> {
    const { session, scroll } = this.#parts;
    const arrivals = this.#arrivals;
    this.#isSeeking = seenSeq !== null && !session.holdsAfter(seenSeq);
    const isHeld = seenSeq === null || !this.#isSeeking || (await session.seekAfter(seenSeq));
    this.#isSeeking = false;
    if (this.#jumps > 0 || this.#arrivals > arrivals) return;
    // From here on the end is kept to, or whatever is shown, while rows come onto the page.
    this.#isPlaced = true;
    if (!session.view.hasNewer) scroll.toEnd();
    await tick();
    if (!isHeld) scroll.show(session.rows[0]?.key ?? "", 0);
    // Where all that is new fits, the end stays in view.
    else if (session.hasDivider) scroll.raise("unread", DIVIDER_AT);
    await tick();
    scroll.settle();
  }
}
