import type { Readable } from "./api.ts";

/** A `Readable` and the right to change it. */
export class Value<Held> implements Readable<Held> {
  #current: Held;
  readonly #listeners = new Set<(value: Held) => void>();

  constructor(initial: Held) {
    this.#current = initial;
  }

  get current(): Held {
    return this.#current;
  }

  /** Tells the listeners, unless it is the same value. One that throws harms nobody but itself. */
  set(value: Held): void {
    if (Object.is(value, this.#current)) return;
    this.#current = value;
    for (const listener of [...this.#listeners]) {
      // A listener may have changed the value again; the rest have then heard the newer one.
      if (!Object.is(this.#current, value)) return;
      if (this.#listeners.has(listener)) tell(listener, value);
    }
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  subscribe(listener: (value: Held) => void): () => void {
    // One function subscribed twice is two subscriptions.
    const own = (value: Held) => listener(value);
    this.#listeners.add(own);
    own(this.#current);
    return () => {
      this.#listeners.delete(own);
    };
  }
}

/** A listener's bug is reported as if nobody had called it, for it must not end a connection. */
function tell<Held>(listener: (value: Held) => void, value: Held): void {
  try {
    listener(value);
  } catch (error) {
    if (typeof globalThis.reportError === "function") globalThis.reportError(error);
    else {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
