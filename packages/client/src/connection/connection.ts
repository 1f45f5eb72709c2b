import type { ClientEventName, DataOf, RequestOf } from "@moim/protocol";
import { ERROR_RETRYABLE, type ErrorCode } from "@moim/protocol/errors";
import type { ConnectionState } from "../api.ts";
import { backoffMs, pause } from "../backoff.ts";
import {
  BACKOFF_MAX_MS,
  DRAIN_SPREAD_MS,
  OFFLINE_PROBE_TIMEOUT_MS,
  PROBE_TIMEOUT_MS,
  REFUSED_RETRY_MS,
  STABLE_AFTER_MS,
} from "../bounds.ts";
import type { Clock, ServerClock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import type { OnlineEvents } from "../online-events.ts";
import type { AccessToken } from "../session/access-token.ts";
import type { SessionKeeper } from "../session/session-keeper.ts";
import { Value } from "../value.ts";
import { type Ended, LiveSocket, type ServerEvent } from "./live-socket.ts";
import type { OpenSocket } from "./open-socket.ts";
import { TokenRenewal } from "./token-renewal.ts";

export type ConnectionParts = {
  url: string;
  openSocket: OpenSocket;
  session: SessionKeeper;
  clock: Clock;
  serverClock: ServerClock;
  random: () => number;
  online: OnlineEvents;
  onEvent(event: ServerEvent): void;
  /**
   * `session:ready` came, or a token that had run out is renewed: everything committed from now on arrives; what was
   * before is to be read.
   */
  onReady(): void;
};

/**
 * One socket at a time, for as long as somebody is signed in. Comes back by itself with full-jitter
 * backoff, never with a token known to be expired. Keeps nothing: what is asked while it is not
 * ready is rejected as `unavailable`, for the outbox is the only queue.
 */
export class Connection {
  readonly state = new Value<ConnectionState>({ state: "offline" });
  readonly #parts: ConnectionParts;
  readonly #stop = new AbortController();
  #socket: LiveSocket | null = null;
  #renewal: TokenRenewal | null = null;
  #unsubscribeOnline: () => void = () => {};
  #attempt = 0;
  /** A token that the server has just refused as expired or invalid. */
  #refusedToken: string | null = null;
  #awaySinceMs: number;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#awaySinceMs = parts.clock.now();
  }

  start(): void {
    this.#unsubscribeOnline = this.#parts.online.subscribe((event) => {
      this.#probe(event === "offline" ? OFFLINE_PROBE_TIMEOUT_MS : PROBE_TIMEOUT_MS);
    });
    this.#keepConnected().catch((error: unknown) => {
      // Only the end of the session leaves the loop; anything else is a bug and must be seen.
      if (!this.#stop.signal.aborted && !(error instanceof MoimError)) throw error;
    });
  }

  stop(): void {
    this.#stop.abort();
    this.#unsubscribeOnline();
    this.#renewal?.stop();
    this.#socket?.end({ why: "closed" });
    this.state.set({ state: "offline" });
  }

  /** Rejects with `MoimError`: the server's, or `unavailable` when there was no answer. */
  async request<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<DataOf<Name>> {
    const socket = this.#socket;
    if (!socket || this.state.current.state !== "ready") {
      throw new MoimError("unavailable", "not connected");
    }
    try {
      return await socket.request(name, request);
    } catch (caught) {
      const error = MoimError.from(caught);
      if (socket === this.#socket) this.#heedAnswer(error);
      throw error;
    }
  }

  #heedAnswer({ code }: MoimError): void {
    if (code === "token_expired") this.#renewal?.tokenExpired();
    if (code === "session_revoked") this.#parts.session.end("revoked");
  }

  async #keepConnected(): Promise<void> {
    const { clock, online } = this.#parts;
    while (!this.#stop.signal.aborted) {
      const ended = await this.#connectOnce();
      if (this.#stop.signal.aborted) return;
      if (ended.why === "revoked") return this.#parts.session.end("revoked");
      const waitMs = this.#waitMs(ended);
      if (waitMs === 0) continue;
      this.state.set(this.#waiting(ended, waitMs));
      await pause(waitMs, clock, online, this.#stop.signal);
    }
  }

  #waiting(ended: Ended, waitMs: number): ConnectionState {
    if (!this.#parts.online.isOnline()) return { state: "offline" };
    if (ended.why === "refused" && !isPassing(ended.code)) {
      return { state: "refused", code: ended.code };
    }
    const retryAtMs = this.#parts.clock.now() + waitMs;
    return { state: "waiting", retryAtMs, sinceMs: this.#awaySinceMs };
  }

  #waitMs(ended: Ended): number {
    const { random } = this.#parts;
    switch (ended.why) {
      case "moved":
        // At once, unless one draining node sends to the next.
        return this.#attempt++ === 0 ? 0 : backoffMs(this.#attempt, random);
      case "drained":
        return random() * DRAIN_SPREAD_MS;
      case "token-spent":
        // At once, but a server whose clock disagrees must not be asked without end.
        return this.#attempt++ === 0 ? 0 : backoffMs(this.#attempt, random);
      case "refused":
        if (ended.code === "token_invalid" && this.#attempt++ === 0) return 0;
        if (isPassing(ended.code)) {
          return Math.max(1, ended.retryAfterMs, backoffMs(this.#attempt++, random));
        }
        return REFUSED_RETRY_MS * (1 + random());
      default:
        if (!this.#parts.online.isOnline()) return BACKOFF_MAX_MS;
        return Math.max(1, backoffMs(this.#attempt++, random));
    }
  }

  async #connectOnce(): Promise<Ended> {
    const { clock, openSocket, url, onEvent } = this.#parts;
    const token = await this.#tokenToConnectWith();
    if (this.#stop.signal.aborted) return { why: "closed" };
    const sinceMs = this.#awaySinceMs;
    this.state.set({ state: "connecting", attempt: this.#attempt, sinceMs });
    const socket = new LiveSocket({
      openSocket,
      target: { url, token: token.value },
      clock,
      onEvent: (event) => {
        if (event.name === "token:expiring") this.#renewal?.renewNow();
        else if (event.name === "token:expired") this.#renewal?.tokenExpired();
        else onEvent(event);
      },
    });
    this.#socket = socket;
    const ready = await socket.ready;
    if (ready && !socket.isOver) this.#enter(socket, token, ready);
    const ended = await socket.ended;
    if (ready) this.#awaySinceMs = clock.now();
    this.#leave(socket, ended, this.#renewal?.token ?? token);
    return ended;
  }

  async #tokenToConnectWith(): Promise<AccessToken> {
    const { session } = this.#parts;
    const isSpent = session.token?.value === this.#refusedToken;
    // Without any token the session is one that is only remembered, for want of a network.
    if (session.token === null) this.state.set({ state: "offline" });
    else if (!session.isTokenUsable || isSpent) this.state.set({ state: "renewing" });
    return isSpent && this.#refusedToken !== null
      ? session.renewedToken(this.#refusedToken)
      : session.usableToken();
  }

  #enter(
    socket: LiveSocket,
    token: AccessToken,
    ready: { serverTime: number; nodeId: string },
  ): void {
    const { clock, serverClock, session, onReady } = this.#parts;
    serverClock.measure(ready.serverTime);
    this.#refusedToken = null;
    const cancelStable = clock.after(STABLE_AFTER_MS, () => {
      this.#attempt = 0;
    });
    void socket.ended.then(cancelStable);
    const toReady = () => {
      this.state.set({ state: "ready", nodeId: ready.nodeId });
      onReady();
    };
    this.#renewal = new TokenRenewal({
      socket,
      session,
      clock,
      serverClock,
      token,
      onExpired: () => this.state.set({ state: "renewing" }),
      onRenewed: toReady,
    });
    toReady();
  }

  #leave(socket: LiveSocket, ended: Ended, tokenInUse: AccessToken): void {
    this.#renewal?.stop();
    this.#renewal = null;
    if (this.#socket === socket) this.#socket = null;
    const isTokenAtFault =
      ended.why === "token-spent" || (ended.why === "refused" && ended.code === "token_invalid");
    if (isTokenAtFault) this.#refusedToken = tokenInUse.value;
  }

  /** After sleep or a change of network, or without one, a socket may only look open: it has to answer. */
  #probe(timeoutMs: number): void {
    const socket = this.#socket;
    if (!socket || this.state.current.state !== "ready") return;
    this.#renewal?.renewIfDue();
    // Without an answer or any other sign of life the socket ends itself.
    socket
      .request("room:sync", { rooms: [] }, timeoutMs)
      .catch((error: MoimError) => this.#heedAnswer(error));
  }
}

/** A refusal for now; the same handshake may succeed later. */
function isPassing(code: ErrorCode): boolean {
  return ERROR_RETRYABLE[code] === true;
}
