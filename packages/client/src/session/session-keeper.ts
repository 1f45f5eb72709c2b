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
import { SignOuts } from "./sign-outs.ts";

type Held = { token: AccessToken; refreshToken: string | null };
type TabMessage =
  | { type: "session"; session: Session; serverAheadMs: number }
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
  readonly #signOuts: SignOuts;
  /** The last session that ended here: another tab's news of it may come late. */
  #endedSessionId: string | null = null;
  #isLeaving = false;
  /** Counts sign-ins and sign-outs: an answer to an earlier one's request is dropped. */
  #era = 0;

  constructor(parts: SessionKeeperParts) {
    this.#parts = parts;
    this.#signOuts = new SignOuts({ ...parts, mark: parts.signOutMark });
    this.#unsubscribeTabs = parts.tabs.subscribe((message) => this.#hearTab(message as TabMessage));
  }

  /**
   * Resolves after the first attempt; without a network, attempts go on in the background. Meanwhile
   * whoever was signed in last time is: nothing can be asked for yet, but what is kept can be shown.
   */
  async restore(given: Session | null): Promise<void> {
    if (given) return this.#adopt(given);
    if (await this.#signOuts.finishLast()) return this.#end(null);
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
    const { token = null, refreshToken = null } = this.#held ?? {};
    this.#parts.tabs.post({ type: "signed-out", sessionId: state.current.sessionId });
    this.#end("signed-out");
    await this.#signOuts.begin({ bearer: token?.value ?? null, refreshToken });
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

  get sessionId(): string | null {
    const { current } = this.state;
    return current.state === "signed-in" ? current.sessionId : null;
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
    this.#signOuts.stop();
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
    const session = await this.#signOuts.quietDuring(call);
    this.#era++;
    this.#measureClock(session);
    this.#adopt(session);
    this.#tellTabs(session);
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
      // Whoever is signed in by now must not have the refresh token spent for an answer that is dropped.
      if (era !== this.#era) return null;
      // Another tab may have renewed and told this one while it waited for the lock.
      if (this.#held && this.#held.token.value !== spent && this.isTokenUsable) return null;
      const refreshed = await routes.refresh(this.#held?.refreshToken ?? null);
      // Before the next tab's turn, so that it may find its own renewal done.
      if (era !== this.#era) return null;
      this.#measureClock(refreshed);
      this.#tellTabs(refreshed);
      return refreshed;
    });
    if (era !== this.#era) throw new MoimError("token_invalid", "the session has changed");
    if (session) this.#adopt(session);
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

  /** Its token has just been made. */
  #measureClock({ accessToken }: Session): void {
    const issuedAtMs = issuedAtMsOf(accessToken);
    // `iat` has whole seconds: half a second later is its best guess.
    if (issuedAtMs !== null) this.#parts.serverClock.measure(issuedAtMs + 500);
  }

  #tellTabs({ refreshToken: _, ...session }: Session): void {
    const { tabs, serverClock } = this.#parts;
    tabs.post({ type: "session", session, serverAheadMs: serverClock.aheadMs });
  }

  #adopt(session: Session): void {
    const { serverClock, sessionMark } = this.#parts;
    sessionMark.set();
    this.#signOuts.giveUp();
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
    const { current } = this.state;
    if (current.state === "signed-in") this.#endedSessionId = current.sessionId;
    this.#parts.sessionMark.clear();
    this.#era++;
    this.#held = null;
    this.#renewal = null;
    this.state.set({ state: "signed-out", reason });
  }

  #hearTab(message: TabMessage): void {
    const { current } = this.state;
    if (message.type === "session" && current.state !== "restoring") this.#hearSession(message);
    if (message.type === "me") this.#take(message.me);
    if (message.type !== "signed-out" || current.state !== "signed-in") return;
    if (message.sessionId === current.sessionId) this.#end("signed-out");
  }

  /** A frozen tab hears late: the session may be over by now, or the token an old one. */
  #hearSession({ session, serverAheadMs }: TabMessage & { type: "session" }): void {
    const { current } = this.state;
    if (session.sessionId === this.#endedSessionId) return;
    if (current.state === "signed-out") this.#era++;
    const isHeld = current.state === "signed-in" && current.sessionId === session.sessionId;
    const heldUntilMs = isHeld ? (this.#held?.token.expiresAtMs ?? 0) : 0;
    if (session.accessTokenExpiresAt < heldUntilMs) return;
    this.#parts.serverClock.agree(serverAheadMs);
    this.#adopt(session);
  }
}

function signedOut(): MoimError {
  return new MoimError("token_invalid", "signed out");
}
