import type { Session } from "@moim/protocol";
import { backoffMs, pause } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import type { OnlineEvents } from "../online-events.ts";
import type { Tabs } from "../tabs.ts";
import type { AccessToken } from "./access-token.ts";
import type { AuthRoutes } from "./auth-routes.ts";

/** The tokens of a session, in memory only; `refreshToken` is null where a cookie holds it. */
export type Held = { token: AccessToken; refreshToken: string | null };

export type RefreshesParts = {
  routes: Pick<AuthRoutes, "refresh">;
  clock: Clock;
  random: () => number;
  online: OnlineEvents;
  tabs: Tabs;
  held(): Held | null;
  isTokenUsable(): boolean;
  onRefreshed(session: Session): void;
  /** True when this refusal ends the session; whatever else fails is tried again. */
  endsSession(error: MoimError): boolean;
};

/**
 * Renews the tokens, once at a time in this page, and once among tabs where they can agree. Goes on
 * until there is an answer of the auth service. What was begun for an earlier session is dropped, and
 * spends nothing of the next one's.
 */
export class Refreshes {
  readonly #parts: RefreshesParts;
  readonly #stop = new AbortController();
  #running: Promise<AccessToken> | null = null;
  /** Counts sign-ins and sign-outs: an answer to an earlier one's request is dropped. */
  #era = 0;

  constructor(parts: RefreshesParts) {
    this.#parts = parts;
  }

  /** Joins the one under way, if any. `onAttempt` is told of each attempt that failed. */
  once(onAttempt: () => void = () => {}): Promise<AccessToken> {
    if (this.#running) return this.#running;
    const running = this.#untilAnswered(onAttempt).finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  /** Another session, or none, from now on. Whoever waits is rejected with `token_invalid`. */
  drop(): void {
    this.#era++;
    this.#running = null;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #untilAnswered(onAttempt: () => void): Promise<AccessToken> {
    const { clock, random, online, endsSession } = this.#parts;
    const era = this.#era;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#refresh(era);
      } catch (caught) {
        const error = MoimError.from(caught);
        if (this.#stop.signal.aborted || era !== this.#era || endsSession(error)) throw error;
        onAttempt();
        const waitMs = Math.max(backoffMs(attempt, random), error.retryAfterMs ?? 0);
        await pause(waitMs, clock, online, this.#stop.signal);
        if (this.#stop.signal.aborted) throw error;
      }
    }
  }

  async #refresh(era: number): Promise<AccessToken> {
    const { routes, tabs, held, isTokenUsable, onRefreshed } = this.#parts;
    const spent = held()?.token.value;
    await tabs.exclusively("refresh", async () => {
      if (era !== this.#era) return;
      // Another tab may have renewed and told this one while it waited for the lock.
      if (held() && held()?.token.value !== spent && isTokenUsable()) return;
      const refreshed = await routes.refresh(held()?.refreshToken ?? null);
      // Before the next tab's turn, so that it may find its own renewal done.
      if (era === this.#era) onRefreshed(refreshed);
    });
    const token = held()?.token;
    if (era === this.#era && token) return token;
    throw new MoimError("token_invalid", "the session has changed");
  }
}
