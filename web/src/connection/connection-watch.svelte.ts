import type { ConnectionState, MoimClient } from "@moim/client";
import { BACK_SHOWN_MS, type Banner, bannerOf, patienceMs } from "./banner.ts";

/** Timers and the clock are not the same: one that fires a moment early would look too soon. */
const TIMER_SLACK_MS = 50;

/** Turns the connection's states, which may flicker, into one calm banner. */
export class ConnectionWatch {
  #connection: ConnectionState = $state.raw({ state: "offline" });
  #lostAtMs: number | null = $state(Date.now());
  #backAtMs: number | null = $state(null);
  #wasEverReady = $state(false);
  #nowMs = $state(Date.now());
  #timer: ReturnType<typeof setTimeout> | undefined;
  #banner: Banner = $derived(
    bannerOf({
      connection: this.#connection,
      lostAtMs: this.#lostAtMs,
      backAtMs: this.#backAtMs,
      wasEverReady: this.#wasEverReady,
      nowMs: this.#nowMs,
    }),
  );

  constructor(connection: MoimClient["connection"]) {
    connection.subscribe((next) => this.#follow(next));
  }

  get banner(): Banner {
    return this.#banner;
  }

  #follow(next: ConnectionState): void {
    const nowMs = Date.now();
    if (next.state === "ready") {
      const wasShown = this.#lostAtMs !== null && this.#banner !== "quiet";
      if (wasShown && this.#wasEverReady) this.#backAtMs = nowMs;
      this.#lostAtMs = null;
      this.#wasEverReady = true;
    } else if (this.#lostAtMs === null) {
      this.#lostAtMs = nowMs;
      this.#backAtMs = null;
    }
    this.#connection = next;
    this.#nowMs = nowMs;
    this.#lookAgainIn(next.state === "ready" ? BACK_SHOWN_MS : patienceMs(next));
  }

  #lookAgainIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#nowMs = Date.now();
    }, delayMs + TIMER_SLACK_MS);
  }
}
