import { SvelteMap } from "svelte/reactivity";

const PREFIX = "moim.draft.";

/**
 * What has been typed but not sent, per person and room, on this device only. Written with every
 * keystroke, so that neither a reload nor a crash loses it, and cleared at sign-out. What shows a
 * draft follows it.
 */
export class Drafts {
  readonly #storage: Storage;
  readonly #prefix: string;
  /** Also what storage refused (it is full): that is kept for as long as the page lives. */
  readonly #texts = new SvelteMap<string, string>();

  constructor(storage: Storage, userId: string) {
    this.#storage = storage;
    this.#prefix = `${PREFIX}${userId}.`;
    for (const key of this.#storedKeys()) {
      this.#texts.set(this.#roomIdOf(key), storage.getItem(key) ?? "");
    }
  }

  get(roomId: string): string {
    return this.#texts.get(roomId) ?? "";
  }

  set(roomId: string, text: string): void {
    const key = this.#prefix + roomId;
    if (text === "") {
      this.#texts.delete(roomId);
      this.#storage.removeItem(key);
      return;
    }
    this.#texts.set(roomId, text);
    try {
      this.#storage.setItem(key, text);
    } catch {
      // Rather nothing after a reload than what stood there before.
      this.#storage.removeItem(key);
    }
  }

  /** What another tab has written: without it, text sent there would come up again here. */
  hear({ key, newValue }: Pick<StorageEvent, "key" | "newValue">): void {
    if (key === null) this.#texts.clear();
    else if (!key.startsWith(this.#prefix)) return;
    else if (newValue === null) this.#texts.delete(this.#roomIdOf(key));
    else this.#texts.set(this.#roomIdOf(key), newValue);
  }

  /** Leaves nothing of this person's behind; other people's drafts stay. */
  clear(): void {
    this.#texts.clear();
    for (const key of this.#storedKeys()) this.#storage.removeItem(key);
  }

  #storedKeys(): string[] {
    const keys = Array.from({ length: this.#storage.length }, (_, index) =>
      this.#storage.key(index),
    );
    return keys.filter((key) => key !== null).filter((key) => key.startsWith(this.#prefix));
  }

  #roomIdOf(key: string): string {
    return key.slice(this.#prefix.length);
  }
}
