import type { Me, Session, SignInRequest, SignUpRequest } from "@moim/protocol";
import type { SessionState, SignedOutReason } from "../api.ts";
import { backoffMs, pause } from "../backoff.ts";
import { RESTORE_PATIENCE_MS } from "../bounds.ts";
import type { Clock, ServerClock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import type { OnlineEvents } from "../online-events.ts";
import type { Tabs } from "../tabs.ts";
import { Value } from "../value.ts";
import { type AccessToken, accessTokenOf, isExpired, issuedAtMsOf } from "./access-token.ts";
import type { AuthRoutes } from "./auth-routes.ts";
import type { SessionMark } from "./session-mark.ts";
import type { SignOutMark } from "./sign-out-mark.ts";

type Held = { token: AccessToken; refreshToken: string | null };
type TabMessage =
  | { type: "session"; session: Session }
  | { type: "me"; me: Me }
  | { type: "signed-out"; sessionId: string };

export type SessionKeeperParts = {
  routes: AuthRoutes;
  clock: Clock;
  serverClock: ServerClock;
  random: () => number;
  online: OnlineEvents;
  tabs: Tabs;
  signOutMark: SignOutMark;
  sessionMark: SessionMark;
  /** Who was signed in last time, as far as this page remembers. */
  remembered(): Promise<{ me: Me; sessionId: string } | null>;
};

/**
 * Who is signed in, and the tokens of that session. Renewal happens once at a time in this page,
 * and once among tabs where they can agree; where they cannot, the server gives all of them the
 * same successor. Only an answer of the auth service signs out; a missing network never does.
 */
export class SessionKeeper {
  readonly state = new Value<SessionState>({ state: "restoring" });
  readonly #parts: SessionKeeperParts;
  readonly #stop = new AbortController();
  readonly #unsubscribeTabs: () => void;
  #held: Held | null = null;
  #renewal: Promise<AccessToken> | null = null;
  #signingOut: Promise<void> = Promise.resolve();
  #isLeaving = false;
  /** Counts sign-ins and sign-outs: an answer to an earlier one's request is dropped. */
  #era = 0;

  constructor(parts: SessionKeeperParts) {
    this.#parts = parts;
    this.#unsubscribeTabs = parts.tabs.subscribe((message) => this.#hearTab(message as TabMessage));
  }

  /**
   * Resolves after the first attempt; without a network, attempts go on in the background. Meanwhile
   * whoever was signed in last time is: nothing can be asked for yet, but what is kept can be shown.
   */
  async restore(given: Session | null): Promise<void> {
    if (given) return this.#adopt(given, { isFresh: false });
    if (await this.#finishSignOut()) return this.#end(null);
    if (!this.#parts.sessionMark.mayHoldSession()) return this.#end(null);
    const firstAttempt = new Promise<void>((attempted) => {
      this.#renewOnce(attempted).then(
        () => attempted(),
        () => attempted(),
      );
    });
    await this.#atMost(RESTORE_PATIENCE_MS, firstAttempt);
    if (!(await this.#resumeRemembered())) await firstAttempt;
  }

  async signUp(account: Omit<SignUpRequest, "tokenTransport">): Promise<Me> {
    return this.#begin(() => this.#parts.routes.signUp(account));
  }

  async signIn(credentials: Omit<SignInRequest, "tokenTransport">): Promise<Me> {
    return this.#begin(() => this.#parts.routes.signIn(credentials));
  }

  /** Signed out here at once; resolves when the server knows, or could not be told for now. */
  async signOut(): Promise<void> {
    const { state } = this;
    if (state.current.state !== "signed-in") return;
    const held = this.#held;
    this.#parts.signOutMark.set();
    this.#parts.tabs.post({ type: "signed-out", sessionId: state.current.sessionId });
    this.#end("signed-out");
    this.#signingOut = this.#tellSignOut(held).catch(() => {});
    await this.#signingOut;
  }

  /** Deletes the account, and with it every session. Signed out here only once that has succeeded. */
  async leaveForGood(deleteAccount: () => Promise<void>): Promise<void> {
    const { current } = this.state;
    this.#isLeaving = true;
    try {
      await deleteAccount();
    } finally {
      this.#isLeaving = false;
    }
    if (current.state !== "signed-in" || this.state.current.state !== "signed-in") return;
    this.#parts.tabs.post({ type: "signed-out", sessionId: current.sessionId });
    this.#end("signed-out");
  }

  /** The signed-in user's account has changed; another user's is none of this session's business. */
  learn(me: Me): void {
    if (this.#take(me)) this.#parts.tabs.post({ type: "me", me });
  }

  /** The session was ended by the server. */
  end(reason: SignedOutReason): void {
    if (this.state.current.state !== "signed-in") return;
    // The socket may hear of a deletion sooner than its answer arrives: it was this user's own doing.
    this.#end(this.#isLeaving ? "signed-out" : reason);
  }

  /** The token in hand, null when signed out or not restored yet. It may have expired. */
  get token(): AccessToken | null {
    return this.#held?.token ?? null;
  }

  get isTokenUsable(): boolean {
    return this.#held !== null && !isExpired(this.#held.token, this.#parts.serverClock.now());
  }

  /** A token that is not known to be expired, renewed if need be. Waits for the network. */
  async usableToken(): Promise<AccessToken> {
    if (this.#held && this.isTokenUsable) return this.#held.token;
    return this.renewedToken(this.#held?.token.value);
  }

  /** A token other than `spent`. Waits for the network; rejects once signed out. */
  async renewedToken(spent: string | undefined): Promise<AccessToken> {
    if (this.#held && this.#held.token.value !== spent && this.isTokenUsable) {
      return this.#held.token;
    }
    if (this.state.current.state !== "signed-in") throw signedOut();
    return this.#renewOnce();
  }

  stop(): void {
    this.#stop.abort();
    this.#unsubscribeTabs();
  }

  #requireHeld(): Held {
    if (!this.#held) throw signedOut();
    return this.#held;
  }

  async #resumeRemembered(): Promise<boolean> {
    if (this.state.current.state !== "restoring") return false;
    const remembered = await this.#parts.remembered();
    if (remembered === null || this.state.current.state !== "restoring") return false;
    this.state.set({ state: "signed-in", ...remembered });
    return true;
  }

  #atMost(ms: number, work: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(ms, resolve);
      void work.then(cancel).then(resolve);
    });
  }

  async #begin(call: () => Promise<Session>): Promise<Me> {
    // A late sign-out would take the cookie of the new session with it.
    await this.#signingOut;
    const session = await call();
    this.#era++;
    this.#parts.signOutMark.clear();
    this.#adopt(session, { isFresh: true });
    this.#parts.tabs.post({ type: "session", session: withoutRefreshToken(session) });
    return session.user;
  }

  #renewOnce(onAttempt: () => void = () => {}): Promise<AccessToken> {
    if (this.#renewal) return this.#renewal;
    const renewal = this.#renew(onAttempt).finally(() => {
      if (this.#renewal === renewal) this.#renewal = null;
    });
    this.#renewal = renewal;
    return renewal;
  }

  async #renew(onAttempt: () => void): Promise<AccessToken> {
    const { clock, random, online } = this.#parts;
    const era = this.#era;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#refresh(era);
      } catch (caught) {
        const error = MoimError.from(caught);
        if (this.#stop.signal.aborted || era !== this.#era) throw error;
        const reason = this.#refusal(error);
        if (reason !== undefined) {
          this.#end(reason);
          throw error;
        }
        onAttempt();
        const waitMs = Math.max(backoffMs(attempt, random), error.retryAfterMs ?? 0);
        await pause(waitMs, clock, online, this.#stop.signal);
        if (this.#stop.signal.aborted) throw error;
      }
    }
  }

  async #refresh(era: number): Promise<AccessToken> {
    const { routes, tabs } = this.#parts;
    const spent = this.#held?.token.value;
    const session = await tabs.exclusively("refresh", async () => {
      // Another tab may have renewed and told this one while it waited for the lock.
      if (this.#held && this.#held.token.value !== spent && this.isTokenUsable) return null;
      const refreshed = await routes.refresh(this.#held?.refreshToken ?? null);
      // Before the next tab's turn, so that it may find its own renewal done.
      if (era === this.#era) {
        tabs.post({ type: "session", session: withoutRefreshToken(refreshed) });
      }
      return refreshed;
    });
    if (era !== this.#era) throw new MoimError("token_invalid", "the session has changed");
    if (session) this.#adopt(session, { isFresh: true });
    return this.#requireHeld().token;
  }

  /** The reason for which a refused renewal signs out; undefined for a failure that passes. */
  #refusal({ code }: MoimError): SignedOutReason | null | undefined {
    if (code === "session_revoked") return "revoked";
    if (code === "token_expired") return "expired";
    // A browser drops an expired cookie, so that none is sent; before a first sign-in there is none.
    if (code === "token_invalid")
      return this.state.current.state === "signed-in" ? "expired" : null;
    return undefined;
  }

  #adopt(session: Session, { isFresh }: { isFresh: boolean }): void {
    const { serverClock, sessionMark } = this.#parts;
    sessionMark.set();
    const issuedAtMs = issuedAtMsOf(session.accessToken);
    // `iat` has whole seconds: half a second later is its best guess.
    if (isFresh && issuedAtMs !== null) serverClock.measure(issuedAtMs + 500);
    this.#held = {
      token: accessTokenOf(session, serverClock.now()),
      refreshToken: session.refreshToken ?? this.#held?.refreshToken ?? null,
    };
    const { user: me, sessionId } = session;
    this.state.set({ state: "signed-in", me, sessionId });
  }

  #take(me: Me): boolean {
    const { current } = this.state;
    if (current.state !== "signed-in" || current.me.id !== me.id) return false;
    this.state.set({ ...current, me });
    return true;
  }

  #end(reason: SignedOutReason | null): void {
    this.#parts.sessionMark.clear();
    this.#era++;
    this.#held = null;
    this.#renewal = null;
    this.state.set({ state: "signed-out", reason });
  }

  async #tellSignOut(held: Held | null): Promise<void> {
    await this.#parts.routes.signOut(held?.token.value ?? null, held?.refreshToken ?? null);
    this.#parts.signOutMark.clear();
  }

  /** A sign-out that the server could not be told last time: the cookie must not sign in again. */
  async #finishSignOut(): Promise<boolean> {
    if (!this.#parts.signOutMark.isSet()) return false;
    this.#signingOut = this.#tellSignOut(null).catch((error: MoimError) => {
      if (!error.retryable) this.#parts.signOutMark.clear();
    });
    await this.#signingOut;
    return true;
  }

  #hearTab(message: TabMessage): void {
    const { current } = this.state;
    if (message.type === "session" && current.state !== "restoring") {
      if (current.state === "signed-out") this.#era++;
      this.#adopt(message.session, { isFresh: true });
    }
    if (message.type === "me") this.#take(message.me);
    if (message.type !== "signed-out" || current.state !== "signed-in") return;
    if (message.sessionId === current.sessionId) this.#end("signed-out");
  }
}

function signedOut(): MoimError {
  return new MoimError("token_invalid", "signed out");
}

function withoutRefreshToken({ refreshToken: _, ...session }: Session): Session {
  return session;
}
