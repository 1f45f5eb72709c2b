const PAUSE_MS = 300;

/**
 * A number that follows another one a moment later, and never more often than that. What is unread
 * flickers with every message in an open room (come, then read), and each change of a window's
 * title or icon costs the browser more than drawing the message does.
 */
export class CalmNumber {
  readonly #read: () => number;
  #shown = $state(0);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Must be made where effects may be: within a component. */
  constructor(read: () => number) {
    this.#read = read;
    this.#shown = read();
    $effect(() => {
      if (read() === this.#shown) return;
      this.#timer ??= setTimeout(() => this.#follow(), PAUSE_MS);
    });
  }

  get current(): number {
    return this.#shown;
  }

  #follow(): void {
    this.#timer = undefined;
    this.#shown = this.#read();
  }
}
