import { TYPING_PACE_MS, TYPING_REPEAT_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/**
 * Tells that this user types in one room: at most once in `TYPING_PACE_MS`, again every
 * `TYPING_REPEAT_MS` for as long as it goes on, and at once when it ends.
 */
export class TypingSignal {
  readonly #clock: Clock;
  readonly #tell: (typing: boolean) => void;
  #told = false;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  /** Begun again right after an end: told as soon as the pace allows. */
  #cancelDelayed: () => void = () => {};

  constructor(clock: Clock, tell: (typing: boolean) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  set(typing: boolean): void {
    this.#cancelDelayed();
    if (typing) this.#goOn();
    else this.#end();
  }

  /** The message itself says it to everybody. */
  sent(): void {
    this.#cancelDelayed();
    this.#told = false;
  }

  #goOn(): void {
    const sinceMs = this.#clock.now() - this.#toldAtMs;
    const dueMs = this.#told ? TYPING_REPEAT_MS : TYPING_PACE_MS;
    if (sinceMs >= dueMs) this.#begin();
    else if (!this.#told) {
      this.#cancelDelayed = this.#clock.after(dueMs - sinceMs, () => this.#begin());
    }
  }

  #begin(): void {
    this.#told = true;
    this.#toldAtMs = this.#clock.now();
    this.#tell(true);
  }

  #end(): void {
    if (!this.#told) return;
    this.#told = false;
    this.#tell(false);
  }
}
