import { keep } from "./storage.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type ThemeChoice = (typeof THEMES)[number];

const STORAGE_KEY = "moim.theme";
/** Of what surrounds the page on a phone: `--ground` of app.css, as in index.html. */
const BAR_COLOURS = { light: "#f5f7f6", dark: "#101514" };

/** Light or dark: the system's wish until the user chooses, which is then remembered. */
export class Theme {
  readonly #storage: Storage;
  #choice: ThemeChoice = $state("system");

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#read();
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    keep(this.#storage, STORAGE_KEY, choice === "system" ? null : choice);
    this.#apply();
  }

  /** Another tab has chosen. */
  hear({ key }: StorageEvent): void {
    if (key === STORAGE_KEY) this.#read();
  }

  #read(): void {
    const stored = this.#storage.getItem(STORAGE_KEY);
    this.#choice = THEMES.find((theme) => theme === stored) ?? "system";
    this.#apply();
  }

  #apply(): void {
    // The style sheet does the rest, from `color-scheme` on the root element.
    if (this.#choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.#choice;
    for (const bar of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
      // Each of the two speaks for one of the system's wishes; a choice speaks for both.
      const wished = bar.media.includes("dark") ? "dark" : "light";
      bar.content = BAR_COLOURS[this.#choice === "system" ? wished : this.#choice];
    }
  }
}
