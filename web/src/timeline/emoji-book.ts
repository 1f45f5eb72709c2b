import Database from "emoji-picker-element/database.js";
import type { Emoji, NativeEmoji } from "emoji-picker-element/shared.js";
import englishData from "emoji-picker-element-data/en/cldr-native/data.json?url";
import koreanData from "emoji-picker-element-data/ko/cldr-native/data.json?url";
import type { Words } from "../i18n/english.ts";
import type { LanguageCode } from "../i18n/language.svelte.ts";
import type { OftenUsed } from "./often-used.ts";

const DATA: Record<LanguageCode, string> = { en: englishData, ko: koreanData };

/** The data's numbers for what its pages are about; 2 holds parts of emoji, no whole ones. */
export const EMOJI_GROUPS: readonly { number: number; name: keyof Words["emojiGroups"] }[] = [
  { number: 0, name: "smileys" },
  { number: 1, name: "people" },
  { number: 3, name: "nature" },
  { number: 4, name: "food" },
  { number: 5, name: "places" },
  { number: 6, name: "activities" },
  { number: 7, name: "objects" },
  { number: 8, name: "symbols" },
  { number: 9, name: "flags" },
];
const OFTEN_MAX = 16;
const FOUND_MAX = 120;

/** One emoji and what it is called. */
export type Sign = { readonly emoji: string; readonly name: string };

/**
 * All emoji with their names in one language: from this page's own address, then from the browser's
 * database, which all who use the browser share; what is chosen is counted for one person.
 */
export class EmojiBook {
  readonly #database: Database;
  readonly #oftenUsed: OftenUsed;

  constructor(language: LanguageCode, oftenUsed: OftenUsed) {
    this.#oftenUsed = oftenUsed;
    this.#database = new Database({ locale: language, dataSource: DATA[language] });
  }

  async group(number: number): Promise<Sign[]> {
    return signsOf(await this.#database.getEmojiByGroup(number));
  }

  async often(): Promise<Sign[]> {
    const top = this.#oftenUsed.top(OFTEN_MAX);
    const found = await Promise.all(
      top.map((emoji) => this.#database.getEmojiByUnicodeOrName(emoji)),
    );
    return signsOf(found.filter((emoji) => emoji !== null));
  }

  async search(query: string): Promise<Sign[]> {
    return signsOf(await this.#database.getEmojiBySearchQuery(query)).slice(0, FOUND_MAX);
  }

  chosen(emoji: string): void {
    this.#oftenUsed.chosen(emoji);
  }
}

function signsOf(found: readonly Emoji[]): Sign[] {
  return found
    .filter((emoji): emoji is NativeEmoji => "unicode" in emoji)
    .map(({ unicode, annotation }) => ({ emoji: unicode, name: annotation }));
}
