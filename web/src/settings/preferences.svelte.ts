import { keep } from "../appearance/storage.ts";

/** `send`: Enter sends and Shift+Enter breaks the line. `break`: Enter breaks it, Ctrl/⌘+Enter sends. */
export const ENTER_MEANINGS = ["send", "break"] as const;
export type EnterMeaning = (typeof ENTER_MEANINGS)[number];

/** `undecided` until the user has been asked, or has chosen in the settings. */
type Wish = "undecided" | "on" | "off";

const ENTER_KEY = "moim.enter";
const NOTIFICATIONS_KEY = "moim.notifications";

/** What somebody has chosen on this device, other than theme and language. */
export class Preferences {
  readonly #storage: Storage;
  #enter: EnterMeaning = $state("send");
  #notifications: Wish = $state("undecided");

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#read();
  }

  get enter(): EnterMeaning {
    return this.#enter;
  }

  get notifications(): Wish {
    return this.#notifications;
  }

  chooseEnter(meaning: EnterMeaning): void {
    this.#enter = meaning;
    keep(this.#storage, ENTER_KEY, meaning);
  }

  chooseNotifications(wanted: boolean): void {
    this.#notifications = wanted ? "on" : "off";
    keep(this.#storage, NOTIFICATIONS_KEY, this.#notifications);
  }

  /** Another tab has chosen. */
  hear({ key }: StorageEvent): void {
    if (key === ENTER_KEY || key === NOTIFICATIONS_KEY) this.#read();
  }

  #read(): void {
    this.#enter = this.#storage.getItem(ENTER_KEY) === "break" ? "break" : "send";
    const wish = this.#storage.getItem(NOTIFICATIONS_KEY);
    this.#notifications = wish === "on" || wish === "off" ? wish : "undecided";
  }
}
