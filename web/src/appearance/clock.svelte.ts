const TICK_MS = 20_000;

/** The time for what is shown as "3 minutes ago": moves on by itself. */
export class Clock {
  #nowMs = $state(Date.now());

  constructor() {
    setInterval(() => {
      this.#nowMs = Date.now();
    }, TICK_MS);
    // Timers sleep with a hidden page.
    document.addEventListener("visibilitychange", () => {
      this.#nowMs = Date.now();
    });
  }

  get nowMs(): number {
    return this.#nowMs;
  }
}
