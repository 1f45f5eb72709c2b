import type { Clock, ServerClock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import { type AccessToken, renewAtMs } from "../session/access-token.ts";
import type { SessionKeeper } from "../session/session-keeper.ts";
import type { LiveSocket } from "./live-socket.ts";

export type TokenRenewalParts = {
  socket: LiveSocket;
  session: SessionKeeper;
  clock: Clock;
  serverClock: ServerClock;
  /** The token that the socket was opened with. */
  token: AccessToken;
  /** The server delivers nothing until the token is renewed. */
  onExpired(): void;
  onRenewed(): void;
};

/**
 * Keeps one socket's token fresh without a reconnect: renewed over HTTP, then handed to the live
 * socket. Begins when the server says `token:expiring`, or at 80 % of the lifetime by itself.
 */
export class TokenRenewal {
  readonly #parts: TokenRenewalParts;
  #token: AccessToken;
  #isRenewing = false;
  #hasExpired = false;
  #cancelTimer: () => void = () => {};

  constructor(parts: TokenRenewalParts) {
    this.#parts = parts;
    this.#token = parts.token;
    this.#schedule();
  }

  /** What the server knows this socket by. */
  get token(): AccessToken {
    return this.#token;
  }

  stop(): void {
    this.#cancelTimer();
  }

  tokenExpired(): void {
    if (this.#parts.socket.isOver) return;
    this.#hasExpired = true;
    this.#parts.onExpired();
    this.renewNow();
  }

  /** Timers sleep with the machine: after waking, the clock says whether it is time. */
  renewIfDue(): void {
    if (this.#parts.serverClock.now() >= renewAtMs(this.#token)) this.renewNow();
  }

  /** Once at a time; never rejects. A socket that cannot be renewed is given up for a new one. */
  renewNow(): void {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    this.#cancelTimer();
    this.#renew()
      .catch(() => this.#parts.socket.end({ why: "lost" }))
      .finally(() => {
        this.#isRenewing = false;
      });
  }

  async #renew(): Promise<void> {
    const { socket, session, onRenewed } = this.#parts;
    const token = await session.renewedToken(this.#token.value);
    if (socket.isOver) return;
    try {
      await socket.request("token:renew", { token: token.value });
    } catch (caught) {
      const error = MoimError.from(caught);
      if (error.code !== "session_revoked") throw error;
      return session.end("revoked");
    }
    if (socket.isOver) return;
    this.#token = token;
    this.#schedule();
    if (!this.#hasExpired) return;
    this.#hasExpired = false;
    onRenewed();
  }

  #schedule(): void {
    const { clock, serverClock } = this.#parts;
    const waitMs = renewAtMs(this.#token) - serverClock.now();
    this.#cancelTimer = clock.after(Math.max(0, waitMs), () => {
      // A timer may be cut short by the platform's maximum.
      if (serverClock.now() >= renewAtMs(this.#token)) this.renewNow();
      else this.#schedule();
    });
  }
}
