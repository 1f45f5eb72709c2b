import type { Said } from "./newly-said.ts";

/** Long enough to be read out; then it is in nobody's way who walks through the page. */
const KEPT_MS = 20_000;

/** `key`: each line is an element of its own, so that the same words are said once more. */
type Line = { readonly key: number; readonly text: string };

export type AnnouncementsParts = {
  /** Resolves soon, whether the name is known by then or not. */
  nameIsKnown: (userId: string) => Promise<void>;
  nameOf: (userId: string) => string;
};

/**
 * What is read out of what others say, in the order in which they say it. A line that has been read out is not
 * put right any more, so it waits for its author's name.
 */
export class Announcements {
  readonly #parts: AnnouncementsParts;
  #lines: readonly Line[] = $state.raw([]);
  #lastKey = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: AnnouncementsParts) {
    this.#parts = parts;
  }

  get lines(): readonly Line[] {
    return this.#lines;
  }

  say({ authorId, text }: Said): void {
    const named = this.#parts.nameIsKnown(authorId);
    this.#turn = this.#turn
      .then(() => named)
      .then(() => this.#add(`${this.#parts.nameOf(authorId)}: ${text}`));
  }

  #add(text: string): void {
    const key = ++this.#lastKey;
    this.#lines = [...this.#lines, { key, text }];
    setTimeout(() => {
      this.#lines = this.#lines.filter((line) => line.key !== key);
    }, KEPT_MS);
  }
}
