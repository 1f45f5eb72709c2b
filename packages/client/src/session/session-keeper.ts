import type { Me, Session, SignInRequest, SignUpRequest } from "@moim/protocol";
import type { SessionState, SignedOutReason } from "../api.ts";
import { RESTORE_PATIENCE_MS } from "../bounds.ts";
import type { Clock, ServerClock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import type { OnlineEvents } from "../online-events.ts";
import type { Tabs } from "../tabs.ts";
import { Value } from "../value.ts";
import { type AccessToken, accessTokenOf, isExpired, issuedAtMsOf } from "./access-token.ts";
import type { AuthRoutes } from "./auth-routes.ts";
import { type Held, Refreshes } from "./refreshes.ts";
import type { SessionMark } from "./session-mark.ts";
import type { SignOutMark } from "./sign-out-mark.ts";
import { SignOuts } from "./sign-outs.ts";

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
  readonly #refreshes: Refreshes;
  readonly #signOuts: SignOuts;
  readonly #unsubscribeTabs: () => void;
  #held: Held | null = null;
  /** The last session that ended here: another tab's news of it may come late. */
  #endedSessionId: string | null = null;
  #isLeaving = false;

  constructor(parts: SessionKeeperParts) {
    this.#parts = parts;
    this.#signOuts = new SignOuts({ ...parts, mark: parts.signOutMark });
    this.#refreshes = new Refreshes({
      ...parts,
      held: () => this.#held,
      isTokenUsable: () => this.isTokenUsable,
      onRefreshed: (session) => this.#adoptFresh(session),
      endsSession: (error) => this.#endIfRefused(error),
    });
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
      this.#refreshes.once(attempted).then(
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
    return this.#refreshes.once();
  }

  stop(): void {
    this.#refreshes.stop();
    this.#signOuts.stop();
    this.#unsubscribeTabs();
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
    this.#refreshes.drop();
    this.#adoptFresh(session);
    return session.user;
  }

  #endIfRefused({ code }: MoimError): boolean {
    const wasSignedIn = this.state.current.state === "signed-in";
    if (code === "session_revoked") this.#end("revoked");
    else if (code === "token_expired") this.#end("expired");
    // A browser drops an expired cookie, so that none is sent; before a first sign-in there is none.
    else if (code === "token_invalid") this.#end(wasSignedIn ? "expired" : null);
    else return false;
    return true;
  }

  /** Its token has just been made. */
  #adoptFresh(session: Session): void {
    const { tabs, serverClock } = this.#parts;
    const issuedAtMs = issuedAtMsOf(session.accessToken);
    // `iat` has whole seconds: half a second later is its best guess.
    if (issuedAtMs !== null) serverClock.measure(issuedAtMs + 500);
    this.#adopt(session);
    const { refreshToken: _, ...shared } = session;
    tabs.post({ type: "session", session: shared, serverAheadMs: serverClock.aheadMs });
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
    this.#refreshes.drop();
    this.#held = null;
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
    if (current.state === "signed-out") this.#refreshes.drop();
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
