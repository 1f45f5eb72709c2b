import { keep } from "../appearance/storage.ts";
import { english, type Words } from "./english.ts";
import { korean } from "./korean.ts";

export const LANGUAGES = { ko: "한국어", en: "English" } as const;
export type LanguageCode = keyof typeof LANGUAGES;

const STORAGE_KEY = "moim.language";
const WORDS: Record<LanguageCode, Words> = { ko: korean, en: english };

function isLanguageCode(value: unknown): value is LanguageCode {
  return typeof value === "string" && Object.hasOwn(LANGUAGES, value);
}

/** The first of the browser's languages that the page speaks; English where it speaks none. */
export function preferredLanguage(browserLanguages: readonly string[]): LanguageCode {
  for (const tag of browserLanguages) {
    const code = tag.toLowerCase().split("-")[0];
    if (isLanguageCode(code)) return code;
  }
  return "en";
}

/** The page's language: the browser's until the user chooses one, which is then remembered. */
export class Language {
  readonly #storage: Storage;
  #code: LanguageCode = $state("en");
  /** Made once: making one takes longer than many uses of it. */
  readonly #times = $derived(
    new Intl.DateTimeFormat(this.#code, { hour: "numeric", minute: "2-digit" }),
  );

  constructor(storage: Storage, browserLanguages: readonly string[]) {
    this.#storage = storage;
    this.#code = preferredLanguage(browserLanguages);
    this.#read();
    document.documentElement.lang = this.#code;
  }

  get code(): LanguageCode {
    return this.#code;
  }

  get words(): Words {
    return WORDS[this.#code];
  }

  /** The time of the day, on the reader's clock. */
  timeOf(atMs: number): string {
    return this.#times.format(atMs);
  }

  choose(code: LanguageCode): void {
    this.#code = code;
    keep(this.#storage, STORAGE_KEY, code);
    document.documentElement.lang = code;
  }

  /** Another tab has chosen. */
  hear({ key }: StorageEvent): void {
    if (key !== STORAGE_KEY) return;
    this.#read();
    document.documentElement.lang = this.#code;
  }

  #read(): void {
    const stored = this.#storage.getItem(STORAGE_KEY);
    if (isLanguageCode(stored)) this.#code = stored;
  }
}
