import type { MoimClient, SessionState } from "@moim/client";
import { createContext } from "svelte";
import { fromStore } from "svelte/store";
import { Attention } from "./appearance/attention.svelte.ts";
import { Clock } from "./appearance/clock.svelte.ts";
import { Theme } from "./appearance/theme.svelte.ts";
import { ConnectionWatch } from "./connection/connection-watch.svelte.ts";
import { type Saying, sayingOf } from "./feedback/saying.ts";
import { Toasts } from "./feedback/toasts.svelte.ts";
import type { Words } from "./i18n/english.ts";
import { Language } from "./i18n/language.svelte.ts";
import { Router } from "./navigation/router.svelte.ts";
import { People } from "./people/people.svelte.ts";
import { Shell } from "./service-worker/shell.svelte.ts";
import { Preferences } from "./settings/preferences.svelte.ts";

/** Everything that lives as long as the page, made once. */
export class App {
  readonly client: MoimClient;
  readonly storage: Storage;
  /** For this tab alone, and as long as it is open. */
  readonly tabStorage: Storage;
  readonly language: Language;
  readonly theme: Theme;
  readonly router = new Router();
  readonly clock = new Clock();
  readonly attention = new Attention();
  readonly shell = new Shell();
  readonly preferences: Preferences;
  readonly toasts = new Toasts();
  readonly people: People;
  readonly connection: ConnectionWatch;
  readonly #session: { readonly current: SessionState };

  constructor(client: MoimClient, storage: Storage, tabStorage: Storage) {
    this.client = client;
    this.storage = storage;
    this.tabStorage = tabStorage;
    this.language = new Language(storage, navigator.languages);
    this.theme = new Theme(storage);
    this.preferences = new Preferences(storage);
    this.people = new People(client);
    this.connection = new ConnectionWatch(client.connection);
    this.#session = fromStore(client.session);
    client.connection.subscribe(({ state }) => {
      if (state === "ready") this.people.pictures.tryAgain();
    });
  }

  get session(): SessionState {
    return this.#session.current;
  }

  get words(): Words {
    return this.language.words;
  }

  readonly nameOf = (userId: string): string => this.people.nameOf(userId, this.words);

  /** Another tab has chosen something for this device. */
  hear(event: StorageEvent): void {
    this.language.hear(event);
    this.theme.hear(event);
    this.preferences.hear(event);
  }

  /** What to tell the user about something that has just failed. */
  sayingOf(error: unknown): Saying {
    return sayingOf(error, navigator.onLine);
  }

  /** The same, in the words of now: for what is gone again after a moment. */
  explain(error: unknown): string {
    return this.sayingOf(error)(this.words);
  }

  /** Puts a text into the clipboard, and says whether it is there. */
  async copy(text: string): Promise<void> {
    try {
      // Refused, or not there at all, where the page has come without https.
      await navigator.clipboard.writeText(text);
      this.toasts.show(this.words.copied, "plain");
    } catch {
      this.toasts.show(this.words.copyFailed);
    }
  }

  /** Runs what a button started; a failure is told in a toast. Resolves to whether it succeeded. */
  async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.toasts.show(this.explain(error));
      return false;
    }
  }
}

export const [getApp, setApp] = createContext<App>();
