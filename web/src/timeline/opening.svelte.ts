import type { RoomSummary } from "@moim/protocol";
import { tick } from "svelte";
import type { RoomSession } from "../rooms/room-session.svelte.ts";
import type { TimelineScroll } from "./timeline-scroll.svelte.ts";

/** Where the first message that is new is shown when a room opens, as a part of the height. */
const DIVIDER_AT = 0.2;

export type OpeningParts = {
  session: RoomSession;
  scroll: TimelineScroll;
  /** The view stands where the reader is to begin. */
  onOpened: () => void;
};

/**
 * Where a room opens: at what is new, however far back that begins, or at the end. Nothing counts as
 * read on the way there, nor of what is left of last time; what comes while nobody looks is found where
 * it begins.
 */
export class Opening {
  readonly #parts: OpeningParts;
  #scroller: HTMLElement | null = null;
  #list: HTMLElement | null = null;
  /** The messages are on the page somewhere … */
  #isPlaced = $state(false);
  /** … and where they are to be read. */
  #isOpened = $state(false);
  #isSeeking = $state(false);
  #isPlacing = false;
  #hasJumped = false;
  #isJumping = false;
  #hasOpened = false;
  /** Nobody looks, and the end is in view. */
  #isAwayAtEnd = false;

  constructor(parts: OpeningParts) {
    this.#parts = parts;
  }

  attach(scroller: HTMLElement, list: HTMLElement): void {
    this.#scroller = scroller;
    this.#list = list;
  }

  get isPlaced(): boolean {
    return this.#isPlaced;
  }

  /** False on the way to another place: what is in view then was not meant to be read. */
  get isOpened(): boolean {
    return this.#isOpened;
  }

  /** What is new begins before what is held: nothing is shown until that is there. */
  get isSeeking(): boolean {
    return this.#isSeeking;
  }

  /** Call whenever more is known of the room, until it is open. */
  async place(): Promise<void> {
    const { session, scroll } = this.#parts;
    const { room, state, isCurrent } = session.view;
    if (this.#hasOpened || this.#isPlacing || this.#isJumping) return;
    if (state !== "ready") return;
    // Its messages may be there before the room itself is known, and the network may go in between.
    if (room === null || !isCurrent) return this.#placeForNow();
    this.#isPlacing = true;
    // Somebody may have moved in what was left of last time.
    const hasMoved = this.#isPlaced && !scroll.isAtEnd;
    session.placeDivider(room);
    if (!hasMoved) await this.#toWhatIsNew(room);
    this.#isPlacing = false;
    if (!this.#isJumping) this.#open();
  }

  /** Goes elsewhere in the room; nothing on the way is read. */
  async jump(go: () => Promise<void>): Promise<void> {
    const { scroll } = this.#parts;
    const wasOpened = this.#isOpened;
    this.#isJumping = true;
    this.#isOpened = false;
    try {
      await go();
      this.#hasJumped = true;
      this.#isPlaced = true;
      await tick();
      scroll.settle();
      this.#open();
    } catch (error) {
      this.#isOpened = wasOpened;
      throw error;
    } finally {
      this.#isJumping = false;
      // Where the jump led nowhere, the room opens as it would have.
      void this.place();
    }
  }

  /** What comes from now on has not been seen, though the view follows it. */
  lookAway(): void {
    const { session, scroll } = this.#parts;
    this.#isAwayAtEnd = this.#isOpened && scroll.isAtEnd && !session.view.hasNewer;
    if (this.#isAwayAtEnd) session.expectNew();
  }

  comeBack(): void {
    const { session, scroll, onOpened } = this.#parts;
    const mayBeAbove = this.#isAwayAtEnd && scroll.isAtEnd && session.hasDivider;
    this.#isAwayAtEnd = false;
    if (mayBeAbove) void this.jump(async () => this.#toDivider());
    else if (this.#isOpened) onOpened();
  }

  /** Without a network, or before it has answered. */
  #placeForNow(): void {
    if (this.#isPlaced) return;
    this.#isPlaced = true;
    this.#parts.scroll.toEnd();
    this.#markShown();
  }

  #open(): void {
    const isFirst = !this.#hasOpened;
    this.#isPlaced = true;
    this.#isOpened = true;
    this.#hasOpened = true;
    this.#parts.onOpened();
    if (isFirst) this.#markShown();
  }

  #markShown(): void {
    const { roomId } = this.#parts.session;
    performance.mark("moim:room-shown", { detail: { roomId } });
  }

  async #toWhatIsNew(room: RoomSummary): Promise<void> {
    const { session, scroll } = this.#parts;
    this.#isSeeking = !session.holdsFirstUnread(room);
    const isHeld = !this.#isSeeking || (await session.seekFirstUnread(room));
    this.#isSeeking = false;
    if (this.#hasJumped || this.#isJumping) return;
    // From here on the end is kept to, or whatever is shown, while rows come onto the page.
    this.#isPlaced = true;
    if (!session.view.hasNewer) scroll.toEnd();
    await tick();
    if (!isHeld) scroll.show(session.rows[0]?.key ?? "", 0);
    else if (session.hasDivider) this.#toDivider();
    await tick();
    scroll.settle();
  }

  /** Where all that is new fits, the end stays in view. */
  #toDivider(): void {
    if (this.#scroller === null) return;
    const divider = this.#list?.querySelector("[data-divider]") ?? null;
    const top = divider === null ? -1 : divider.getBoundingClientRect().top;
    const { top: viewTop } = this.#scroller.getBoundingClientRect();
    if (top - viewTop > this.#scroller.clientHeight * DIVIDER_AT) return;
    this.#parts.scroll.show("unread", DIVIDER_AT);
  }
}
