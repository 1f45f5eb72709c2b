import { SvelteMap } from "svelte/reactivity";
import { keep, keysUnder } from "../appearance/storage.ts";

const PREFIX = "moim.draft.";

/**
 * What has been typed but not sent, per person and room, on this device only. Written with every
 * keystroke, so that neither a reload nor a crash loses it, and cleared at sign-out. What shows a
 * draft follows it.
 *
 * A draft is the room's: what is left unsent in one tab is found in the next. But what has been typed
 * in this tab is never taken away by another one, which may be writing in the same room: it is kept
 * for this tab too, and goes only when this tab sends it or, untouched, another one does.
 */
export class Drafts {
  readonly #shared: Slot;
  readonly #own: Slot;
  /** Rooms whose text field is on this tab's screen, and shows what is the tab's own. */
  readonly #open = new Set<string>();
  #isOver = false;

  constructor(shared: Storage, own: Storage, userId: string) {
    const prefix = `${PREFIX}${userId}.`;
    this.#shared = new Slot(shared, prefix);
    this.#own = new Slot(own, prefix);
  }

  get(roomId: string): string {
    return this.#own.get(roomId) ?? this.#shared.get(roomId) ?? "";
  }

  set(roomId: string, text: string): void {
    if (this.#isOver) return;
    const before = this.#own.get(roomId);
    this.#own.set(roomId, text);
    // Nothing more is written here; what another tab has written meanwhile stays.
    if (text === "" && before !== undefined && this.#shared.get(roomId) !== before) return;
    this.#shared.set(roomId, text);
  }

  /** In how many rooms something is half written. */
  get count(): number {
    return new Set([...this.#shared.rooms, ...this.#own.rooms]).size;
  }

  /** The room's text field is on the screen until the function that is returned is called. */
  hold(roomId: string): () => void {
    this.#open.add(roomId);
    return () => this.#open.delete(roomId);
  }

  /** What another tab has written or sent. */
  hear({ key, newValue }: Pick<StorageEvent, "key" | "newValue">): void {
    for (const roomId of this.#shared.roomsOf(key)) {
      const isSame = this.#own.get(roomId) === this.#shared.get(roomId);
      this.#shared.hear(roomId, key === null ? null : newValue);
      // Continued or sent there: left here, it would come up again.
      if (isSame && !this.#open.has(roomId)) this.#own.set(roomId, "");
    }
  }

  /** Leaves nothing of this person's behind, now or later; other people's drafts stay. */
  clear(): void {
    this.#isOver = true;
    this.#shared.clear();
    this.#own.clear();
  }
}

/** The texts of one storage; also those that it refused, for as long as the page lives. */
class Slot {
  readonly #storage: Storage;
  readonly #prefix: string;
  readonly #texts = new SvelteMap<string, string>();

  constructor(storage: Storage, prefix: string) {
    this.#storage = storage;
    this.#prefix = prefix;
    for (const key of keysUnder(storage, prefix)) {
      this.hear(key.slice(prefix.length), storage.getItem(key));
    }
  }

  get rooms(): Iterable<string> {
    return this.#texts.keys();
  }

  get(roomId: string): string | undefined {
    return this.#texts.get(roomId);
  }

  set(roomId: string, text: string): void {
    this.hear(roomId, text === "" ? null : text);
    keep(this.#storage, this.#prefix + roomId, text === "" ? null : text);
  }

  /** It has been stored already. */
  hear(roomId: string, text: string | null): void {
    if (text === null) this.#texts.delete(roomId);
    else this.#texts.set(roomId, text);
  }

  /** The room that a key of the storage is about; all of them for null, none for other keys. */
  roomsOf(key: string | null): string[] {
    if (key === null) return [...this.#texts.keys()];
    return key.startsWith(this.#prefix) ? [key.slice(this.#prefix.length)] : [];
  }

  clear(): void {
    this.#texts.clear();
    for (const key of keysUnder(this.#storage, this.#prefix)) this.#storage.removeItem(key);
  }
}
