import { backoffMs, pause } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import type { OnlineEvents } from "../online-events.ts";
import type { AuthRoutes } from "./auth-routes.ts";
import type { SignOutMark } from "./sign-out-mark.ts";

/** What says which session ends; without either, the cookie does. */
export type SignOutProof = { bearer: string | null; refreshToken: string | null };

export type SignOutsParts = {
  routes: Pick<AuthRoutes, "signOut">;
  mark: SignOutMark;
  clock: Clock;
  random: () => number;
  online: OnlineEvents;
};

/**
 * Tells the server of sign-outs until it knows: over a missing network, and by the mark over reloads
 * too. One that may go by the cookie never runs beside a sign-in, whose cookie it would end.
 */
export class SignOuts {
  readonly #parts: SignOutsParts;
  readonly #stop = new AbortController();
  #byCookie = new AbortController();
  #unfinished: SignOutProof | null = null;
  #attempt: Promise<unknown> = Promise.resolve();

  constructor(parts: SignOutsParts) {
    this.#parts = parts;
  }

  /** Resolves after the first attempt; never rejects. Further ones go on in the background. */
  begin(proof: SignOutProof): Promise<void> {
    this.#parts.mark.set();
    return this.#begin(proof);
  }

  /** One that the server could not be told last time: the cookie must not sign in again. */
  async finishLast(): Promise<boolean> {
    if (!this.#parts.mark.isSet()) return false;
    await this.#begin({ bearer: null, refreshToken: null });
    return true;
  }

  /** Signs in with no sign-out on its way; where that fails, goes on with one that was unfinished. */
  async quietDuring<Result>(signIn: () => Promise<Result>): Promise<Result> {
    const unfinished = this.#unfinished;
    this.giveUp();
    await this.#attempt;
    try {
      const result = await signIn();
      this.#parts.mark.clear();
      return result;
    } catch (error) {
      if (unfinished) void this.#begin(unfinished);
      throw error;
    }
  }

  stop(): void {
    this.#stop.abort();
    this.giveUp();
  }

  /** Somebody is signed in: the cookie is that session's. */
  giveUp(): void {
    this.#byCookie.abort();
    this.#byCookie = new AbortController();
    this.#unfinished = null;
  }

  #begin(proof: SignOutProof): Promise<void> {
    const isByCookie = proof.refreshToken === null;
    if (isByCookie) this.#unfinished = proof;
    const { signal } = isByCookie ? this.#byCookie : this.#stop;
    return new Promise((attempted) => {
      void this.#tell(proof, signal, attempted).then(attempted);
    });
  }

  async #tell(proof: SignOutProof, signal: AbortSignal, attempted: () => void): Promise<void> {
    const { clock, random, online } = this.#parts;
    for (let attempt = 0; !signal.aborted && !this.#stop.signal.aborted; attempt++) {
      const telling = this.#tellOnce(proof);
      this.#attempt = telling;
      const retryAfterMs = await telling;
      if (retryAfterMs === null) {
        if (this.#unfinished === proof) this.#unfinished = null;
        return;
      }
      attempted();
      await pause(Math.max(backoffMs(attempt, random), retryAfterMs), clock, online, signal);
    }
  }

  /** Null when there is nothing more to be done; otherwise the least time to wait. Never rejects. */
  async #tellOnce({ bearer, refreshToken }: SignOutProof): Promise<number | null> {
    const { routes, mark } = this.#parts;
    try {
      await routes.signOut(bearer, refreshToken);
    } catch (caught) {
      const error = MoimError.from(caught);
      if (!isOver(error) && error.retryable) return error.retryAfterMs ?? 0;
      // Something in between may refuse for reasons of its own: then the mark keeps the cookie out.
      if (!isOver(error)) return null;
    }
    mark.clear();
    return null;
  }
}

/** The server knows of no such session any more. */
function isOver({ code }: MoimError): boolean {
  return code === "token_invalid" || code === "token_expired" || code === "session_revoked";
}
