import type { User } from "@moim/protocol";
import { insertMention, type MentionQuery, mentionAt, suggest } from "./mentions.ts";

/** The suggestions for the mention at the caret, and the one that the keyboard is at. */
export class Mentioning {
  readonly #people: () => readonly User[];
  #query: MentionQuery | null = $state.raw(null);
  #marked = $state(0);
  /** Where an @ stands that is not meant as a mention: Esc said so. */
  #dismissedAt: number | null = null;
  readonly #suggestions: readonly User[] = $derived.by(() =>
    this.#query === null ? [] : suggest(this.#people(), this.#query.query),
  );

  /** `people` is asked only while something is being mentioned. */
  constructor(people: () => readonly User[]) {
    this.#people = people;
  }

  get suggestions(): readonly User[] {
    return this.#suggestions;
  }

  get marked(): number {
    return Math.min(this.#marked, this.#suggestions.length - 1);
  }

  get isOpen(): boolean {
    return this.#suggestions.length > 0;
  }

  /** The text or the caret has changed. */
  look(text: string, caret: number): void {
    const query = mentionAt(text, caret);
    if (query?.start !== this.#dismissedAt) this.#dismissedAt = null;
    if (query?.start !== this.#query?.start) this.#marked = 0;
    this.#query = this.#dismissedAt === null ? query : null;
  }

  move(step: 1 | -1): void {
    const count = this.#suggestions.length;
    if (count > 0) this.#marked = (this.marked + step + count) % count;
  }

  dismiss(): void {
    this.#dismissedAt = this.#query?.start ?? null;
    this.#query = null;
  }

  /** The text with the marked suggestion in it; null where there is none. */
  accept(
    text: string,
    user = this.#suggestions[this.marked],
  ): { text: string; caret: number } | null {
    if (this.#query === null || user === undefined) return null;
    const accepted = insertMention(text, this.#query, user.nickname);
    this.#query = null;
    return accepted;
  }
}
