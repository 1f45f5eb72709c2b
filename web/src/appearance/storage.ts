/**
 * The page's `localStorage`, or one that forgets with the page where the browser refuses it
 * (private windows, a full disk): nothing kept here is worth failing for.
 */
export function openStorage(): Storage {
  try {
    const probe = "moim.probe";
    localStorage.setItem(probe, probe);
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return new ForgetfulStorage();
  }
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
