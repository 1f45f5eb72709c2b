/**
 * One of the page's storages, or one that forgets with the page where the browser refuses it
 * (some private windows): nothing kept here is worth failing for.
 */
export function openStorage(open: () => Storage): Storage {
  try {
    const storage = open();
    // Refused at the first use in some browsers, not before.
    storage.getItem("moim.probe");
    return storage;
  } catch {
    return new ForgetfulStorage();
  }
}

/** Stores, or takes away for null. Where there is no place the item is gone: old is worse than none. */
export function keep(storage: Storage, key: string, value: string | null): void {
  try {
    if (value !== null) {
      storage.setItem(key, value);
      return;
    }
  } catch {
    // The disk is full, or this is a window that may read only.
  }
  storage.removeItem(key);
}

export function keysUnder(storage: Storage, prefix: string): string[] {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
  return keys.filter((key) => key !== null).filter((key) => key.startsWith(prefix));
}

/** A `Storage` in memory. */
export class ForgetfulStorage implements Storage {
  readonly #items = new Map<string, string>();

  get length(): number {
    return this.#items.size;
  }
  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
  removeItem(key: string): void {
    this.#items.delete(key);
  }
  clear(): void {
    this.#items.clear();
  }
}
