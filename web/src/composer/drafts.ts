const PREFIX = "moim.draft.";

/**
 * What has been typed but not sent, per person and room, on this device only. Written with every
 * keystroke, so that neither a reload nor a crash loses it, and cleared at sign-out.
 */
export class Drafts {
  readonly #storage: Storage;
  readonly #userId: string;
  /** What storage refused (it is full): kept for as long as the page lives. */
  readonly #unstored = new Map<string, string>();

  constructor(storage: Storage, userId: string) {
    this.#storage = storage;
    this.#userId = userId;
  }

  get(roomId: string): string {
    return this.#unstored.get(roomId) ?? this.#storage.getItem(this.#key(roomId)) ?? "";
  }

  set(roomId: string, text: string): void {
    this.#unstored.delete(roomId);
    if (text === "") {
      this.#storage.removeItem(this.#key(roomId));
      return;
    }
    try {
      this.#storage.setItem(this.#key(roomId), text);
    } catch {
      this.#unstored.set(roomId, text);
    }
  }

  /** Leaves nothing of this person's behind; other people's drafts stay. */
  clear(): void {
    this.#unstored.clear();
    const keys = Array.from({ length: this.#storage.length }, (_, index) =>
      this.#storage.key(index),
    );
    for (const key of keys) {
      if (key?.startsWith(this.#key(""))) this.#storage.removeItem(key);
    }
  }

  #key(roomId: string): string {
    return `${PREFIX}${this.#userId}.${roomId}`;
  }
}
