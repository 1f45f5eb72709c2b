import type { Clock } from "../clock.ts";

/**
 * What has to be done within one and the same time, however much of it is under way: one timer for all
 * of it, instead of one for each event. Items fall due in the order in which they were added.
 */
export class CommonDeadline<Item> {
  readonly #clock: Clock;
  readonly #withinMs: number;
  readonly #onOverdue: (item: Item) => void;
  readonly #dueAt = new Map<Item, number>();
  #isArmed = false;

  constructor(clock: Clock, withinMs: number, onOverdue: (item: Item) => void) {
    this.#clock = clock;
    this.#withinMs = withinMs;
    this.#onOverdue = onOverdue;
  }

  add(item: Item): void {
    this.#dueAt.set(item, this.#clock.now() + this.#withinMs);
    if (!this.#isArmed) this.#arm(this.#withinMs);
  }

  /** Whether it was in time. */
  done(item: Item): boolean {
    return this.#dueAt.delete(item);
  }

  #arm(delayMs: number): void {
    this.#isArmed = true;
    this.#clock.after(delayMs, () => this.#look());
  }

  #look(): void {
    this.#isArmed = false;
    const now = this.#clock.now();
    for (const [item, dueAt] of this.#dueAt) {
      if (dueAt > now) {
        this.#arm(dueAt - now);
        return;
      }
      this.#dueAt.delete(item);
      this.#onOverdue(item);
    }
  }
}
