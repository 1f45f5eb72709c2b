import { tick } from "svelte";
import type { RoomSession } from "../rooms/room-session.svelte.ts";
import type { MessageActions } from "./message-actions.svelte.ts";
import type { Bubble } from "./rows.ts";
import type { TimelineScroll } from "./timeline-scroll.svelte.ts";

export type MessageFocusParts = {
  session: RoomSession;
  scroll: TimelineScroll;
  actions: MessageActions;
  /** The keyboard leaves the messages. */
  leave: () => void;
};

/**
 * Which message the keyboard is at. Arrows go from one to the next, Enter opens what can be done with
 * it, Esc leaves. The message with the focus stays on the page wherever the reader scrolls.
 */
export class MessageFocus {
  readonly #parts: MessageFocusParts;
  #scroller: HTMLElement | null = null;
  #list: HTMLElement | null = null;
  #key: string | null = null;
  /** Where the keyboard comes back to when what was opened for a message closes. */
  #returnKey: string | null = null;
  /** What was used last, where it was no key: a message that was clicked is not where the keyboard is. */
  #pointer: string | null = null;

  constructor(parts: MessageFocusParts) {
    this.#parts = parts;
  }

  get key(): string | null {
    return this.#key;
  }

  attach(scroller: HTMLElement, list: HTMLElement): void {
    this.#scroller = scroller;
    this.#list = list;
    scroller.addEventListener("pointerdown", ({ pointerType }) => {
      this.#pointer = pointerType;
    });
  }

  /** The focus has come to this message, or left all of them. */
  hold(key: string | null): void {
    this.#key = key;
    this.#parts.actions.pointedKey = key;
    this.#parts.scroll.pin(key);
  }

  press(event: KeyboardEvent): void {
    const { target } = event;
    // The key itself then goes where the focus is.
    if (isText(event)) {
      this.#parts.leave();
      return;
    }
    const wasClicked = this.#pointer !== null;
    this.#pointer = null;
    if (!(target instanceof HTMLElement) || target.closest("button, a") !== null) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      this.#step(event.key === "ArrowDown");
    } else if (event.key === "Enter" || event.key === "ContextMenu") {
      const focused = this.#bubbles().find(({ key }) => key === this.#key);
      if (focused === undefined) return;
      event.preventDefault();
      if (event.key === "Enter" && wasClicked) this.#parts.leave();
      else this.#openMenu(focused, target);
    } else if (event.key === "Escape") this.#parts.leave();
  }

  /** What was open over the messages has closed. */
  comeBack(): void {
    const isWriting = this.#parts.session.writing.intent.kind !== "new";
    // On a phone the field would bring the keyboard up.
    if (isWriting || this.#pointer === "mouse") this.#parts.leave();
    else if (this.#returnKey !== null) void this.#focus(this.#returnKey);
    else this.#scroller?.focus({ preventScroll: true });
    this.#returnKey = null;
  }

  /** One has jumped to this message: the keyboard goes along, if it was used on a message for that. */
  arrive(key: string): void {
    const isHere = this.#list?.contains(document.activeElement) ?? false;
    if (isHere && this.#pointer === null) void this.#focus(key);
  }

  #openMenu(bubble: Bubble, row: HTMLElement): void {
    this.#returnKey = bubble.key;
    const anchor = row.querySelector<HTMLElement>("[data-testid=bubble]");
    this.#parts.actions.openMenu(bubble, anchor ?? row);
  }

  #bubbles(): Bubble[] {
    return this.#parts.session.rows.filter((row): row is Bubble => row.kind === "bubble");
  }

  #step(down: boolean): void {
    const bubbles = this.#bubbles();
    const held = bubbles.findIndex(({ key }) => key === this.#key);
    const step = down ? 1 : -1;
    const next = held < 0 ? this.#inView(bubbles, down) : bubbles[held + step];
    if (next !== undefined) void this.#focus(next.key);
    else if (down) this.#parts.leave();
  }

  /** Where the arrows begin: the first or the last message in view. */
  #inView(bubbles: readonly Bubble[], isFirst: boolean): Bubble | undefined {
    const view = this.#scroller?.getBoundingClientRect();
    if (view === undefined) return undefined;
    const seen = this.#elements().filter((row) => {
      const box = row.getBoundingClientRect();
      return box.bottom > view.top && box.top < view.bottom;
    });
    const keys = new Set(seen.map(({ dataset }) => dataset.key));
    const shown = bubbles.filter(({ key }) => keys.has(key));
    return shown.at(isFirst ? 0 : -1);
  }

  #elements(): HTMLElement[] {
    const children = [...(this.#list?.children ?? [])];
    return children.filter((child): child is HTMLElement => child instanceof HTMLElement);
  }

  async #focus(key: string): Promise<void> {
    this.#parts.scroll.pin(key);
    await tick();
    const row = this.#elements().find(({ dataset }) => dataset.key === key);
    row?.scrollIntoView({ block: "nearest" });
    row?.focus({ preventScroll: true });
  }
}

/** Something that one writes, also by an input method; a space scrolls. */
function isText({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return false;
  return key === "Process" || ([...key].length === 1 && key !== " ");
}
