import type { ChangePassword, Me, SessionInfo, UpdateMe } from "../api.ts";
import { COMMAND_TIMEOUT_MS, OFFLINE_COMMAND_TIMEOUT_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { inTime } from "../in-time.ts";
import { MoimError } from "../moim-error.ts";
import type { OnlineEvents } from "../online-events.ts";
import type { AccessToken } from "./access-token.ts";
import type { AuthRoutes } from "./auth-routes.ts";
import type { SessionKeeper } from "./session-keeper.ts";

export type AccountParts = {
  routes: AuthRoutes;
  session: SessionKeeper;
  clock: Clock;
  online: OnlineEvents;
};

/** What a signed-in user does with the own account. Every method rejects with `MoimError`. */
export class Account {
  readonly #routes: AuthRoutes;
  readonly #session: SessionKeeper;
  readonly #clock: Clock;
  readonly #online: OnlineEvents;

  constructor({ routes, session, clock, online }: AccountParts) {
    this.#routes = routes;
    this.#session = session;
    this.#clock = clock;
    this.#online = online;
  }

  async updateProfile(patch: UpdateMe): Promise<Me> {
    return this.#changed(await this.promptly((token) => this.#routes.updateMe(patch, token)));
  }

  async uploadAvatar(image: Blob | Uint8Array, contentType?: string): Promise<Me> {
    const type = contentType ?? ("type" in image ? image.type : "");
    const picture = { bytes: image, contentType: type || "application/octet-stream" };
    return this.#changed(await this.promptly((token) => this.#routes.putAvatar(picture, token)));
  }

  changePassword(change: ChangePassword): Promise<void> {
    return this.promptly((token) => this.#routes.changePassword(change, token));
  }

  sessions(): Promise<readonly SessionInfo[]> {
    return this.promptly((token) => this.#routes.sessions(token));
  }

  endSession(sessionId: string): Promise<void> {
    return this.promptly((token) => this.#routes.endSession(sessionId, token));
  }

  endOtherSessions(): Promise<void> {
    return this.promptly((token) => this.#routes.endOtherSessions(token));
  }

  delete(password: string): Promise<void> {
    return this.promptly((token) => this.#routes.deleteMe(password, token));
  }

  /** Calls with a token that is not known to be expired; once more if the service thinks otherwise. */
  withToken<Result>(call: (token: string) => Promise<Result>): Promise<Result> {
    return this.#call(call, (token) => token);
  }

  /**
   * As `withToken`, for what somebody has pressed a button for: where no token can be had, they are told
   * soon, and nothing is done later.
   */
  promptly<Result>(call: (token: string) => Promise<Result>): Promise<Result> {
    return this.#call(call, (token) => this.#soon(token));
  }

  async #call<Result>(
    call: (token: string) => Promise<Result>,
    wait: (token: Promise<AccessToken>) => Promise<AccessToken>,
  ): Promise<Result> {
    const { sessionId } = this.#session;
    const token = await wait(this.#session.usableToken());
    try {
      return await call(token.value);
    } catch (caught) {
      const error = MoimError.from(caught);
      if (error.code !== "token_expired") throw error;
      const renewed = await wait(this.#session.renewedToken(token.value));
      // Asked for by one user, it must never be done as the next.
      if (this.#session.sessionId !== sessionId) throw error;
      return call(renewed.value);
    }
  }

  async #soon(token: Promise<AccessToken>): Promise<AccessToken> {
    const patienceMs = this.#online.isOnline() ? COMMAND_TIMEOUT_MS : OFFLINE_COMMAND_TIMEOUT_MS;
    try {
      return await inTime(token, patienceMs, this.#clock);
    } catch (error) {
      if (error instanceof MoimError) throw error;
      throw new MoimError("unavailable", "no token can be had", { cause: error });
    }
  }

  #changed(me: Me): Me {
    this.#session.learn(me);
    return me;
  }
}
