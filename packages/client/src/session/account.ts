import type { ChangePassword, Me, SessionInfo, UpdateMe } from "../api.ts";
import { MoimError } from "../moim-error.ts";
import type { AuthRoutes } from "./auth-routes.ts";
import type { SessionKeeper } from "./session-keeper.ts";

/** What a signed-in user does with the own account. Every method rejects with `MoimError`. */
export class Account {
  readonly #routes: AuthRoutes;
  readonly #session: SessionKeeper;

  constructor(routes: AuthRoutes, session: SessionKeeper) {
    this.#routes = routes;
    this.#session = session;
  }

  async updateProfile(patch: UpdateMe): Promise<Me> {
    return this.#changed(await this.withToken((token) => this.#routes.updateMe(patch, token)));
  }

  async uploadAvatar(image: Blob | Uint8Array, contentType?: string): Promise<Me> {
    const type = contentType ?? ("type" in image ? image.type : "");
    const picture = { bytes: image, contentType: type || "application/octet-stream" };
    return this.#changed(await this.withToken((token) => this.#routes.putAvatar(picture, token)));
  }

  changePassword(change: ChangePassword): Promise<void> {
    return this.withToken((token) => this.#routes.changePassword(change, token));
  }

  sessions(): Promise<readonly SessionInfo[]> {
    return this.withToken((token) => this.#routes.sessions(token));
  }

  endSession(sessionId: string): Promise<void> {
    return this.withToken((token) => this.#routes.endSession(sessionId, token));
  }

  endOtherSessions(): Promise<void> {
    return this.withToken((token) => this.#routes.endOtherSessions(token));
  }

  delete(password: string): Promise<void> {
    return this.withToken((token) => this.#routes.deleteMe(password, token));
  }

  /** Calls with a token that is not known to be expired; once more if the service thinks otherwise. */
  async withToken<Result>(call: (token: string) => Promise<Result>): Promise<Result> {
    const { sessionId } = this.#session;
    const token = await this.#session.usableToken();
    try {
      return await call(token.value);
    } catch (caught) {
      const error = MoimError.from(caught);
      if (error.code !== "token_expired") throw error;
      const renewed = await this.#session.renewedToken(token.value);
      // Asked for by one user, it must never be done as the next.
      if (this.#session.sessionId !== sessionId) throw error;
      return call(renewed.value);
    }
  }

  #changed(me: Me): Me {
    this.#session.learn(me);
    return me;
  }
}
