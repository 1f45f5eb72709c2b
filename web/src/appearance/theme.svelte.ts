export const THEMES = ["system", "light", "dark"] as const;
export type ThemeChoice = (typeof THEMES)[number];

const STORAGE_KEY = "moim.theme";

/** Light or dark: the system's wish until the user chooses, which is then remembered. */
export class Theme {
  readonly #storage: Storage;
  #choice: ThemeChoice = $state("system");

  constructor(storage: Storage) {
    this.#storage = storage;
    const stored = storage.getItem(STORAGE_KEY);
    this.#choice = THEMES.find((theme) => theme === stored) ?? "system";
    this.#apply();
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    if (choice === "system") this.#storage.removeItem(STORAGE_KEY);
    else this.#storage.setItem(STORAGE_KEY, choice);
    this.#apply();
  }

  #apply(): void {
    // The style sheet does the rest, from `color-scheme` on the root element.
    if (this.#choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.#choice;
  }
}
