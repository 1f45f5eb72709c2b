import type {
  Me,
  Session,
  SignInRequest,
  SignUpRequest,
  TokenTransport,
  User,
} from "@moim/protocol";
import type { ChangePassword, SessionInfo, UpdateMe } from "../api.ts";
import type { Content, Http } from "./http.ts";

/** The routes of the auth service that this package speaks; each rejects with `MoimError`. */
export class AuthRoutes {
  readonly #http: Http;
  readonly #transport: { tokenTransport?: "body" };

  constructor(http: Http, tokenTransport: TokenTransport) {
    this.#http = http;
    this.#transport = tokenTransport === "body" ? { tokenTransport } : {};
  }

  requestVerificationCode(email: string) {
    return this.#http<{ expiresAt: number; resendAt: number }>({
      method: "POST",
      path: "/api/auth/verification-codes",
      body: { email },
    });
  }

  async isNicknameAvailable(nickname: string): Promise<boolean> {
    const query = new URLSearchParams({ nickname });
    const path = `/api/auth/nickname-availability?${query}`;
    return (await this.#http<{ available: boolean }>({ method: "GET", path })).available;
  }

  signUp(account: Omit<SignUpRequest, "tokenTransport">): Promise<Session> {
    const body = { ...account, ...this.#transport };
    return this.#http({ method: "POST", path: "/api/auth/sign-up", body });
  }

  signIn(credentials: Omit<SignInRequest, "tokenTransport">): Promise<Session> {
    const body = { ...credentials, ...this.#transport };
    return this.#http({ method: "POST", path: "/api/auth/sign-in", body });
  }

  refresh(refreshToken: string | null): Promise<Session> {
    const body = { ...(refreshToken === null ? {} : { refreshToken }), ...this.#transport };
    return this.#http({ method: "POST", path: "/api/auth/refresh", body });
  }

  signOut(bearer: string | null, refreshToken: string | null): Promise<void> {
    return this.#http({
      method: "POST",
      path: "/api/auth/sign-out",
      body: refreshToken === null ? {} : { refreshToken },
      ...(bearer === null ? {} : { bearer }),
    });
  }

  async searchUsers(query: string, bearer: string): Promise<User[]> {
    return this.#users(new URLSearchParams({ query }), bearer);
  }

  async usersByIds(ids: readonly string[], bearer: string): Promise<User[]> {
    return this.#users(new URLSearchParams({ ids: ids.join(",") }), bearer);
  }

  updateMe(patch: UpdateMe, bearer: string): Promise<Me> {
    return this.#http({ method: "PATCH", path: "/api/users/me", body: patch, bearer });
  }

  putAvatar(content: Content, bearer: string): Promise<Me> {
    return this.#http({ method: "PUT", path: "/api/users/me/avatar", content, bearer });
  }

  deleteMe(password: string, bearer: string): Promise<void> {
    return this.#http({ method: "DELETE", path: "/api/users/me", body: { password }, bearer });
  }

  changePassword(change: ChangePassword, bearer: string): Promise<void> {
    return this.#http({ method: "PUT", path: "/api/auth/password", body: change, bearer });
  }

  async sessions(bearer: string): Promise<SessionInfo[]> {
    const path = "/api/auth/sessions";
    return (await this.#http<{ sessions: SessionInfo[] }>({ method: "GET", path, bearer }))
      .sessions;
  }

  endSession(sessionId: string, bearer: string): Promise<void> {
    const path = `/api/auth/sessions/${encodeURIComponent(sessionId)}`;
    return this.#http({ method: "DELETE", path, bearer });
  }

  endOtherSessions(bearer: string): Promise<void> {
    return this.#http({ method: "DELETE", path: "/api/auth/sessions", bearer });
  }

  requestPasswordReset(email: string): Promise<void> {
    return this.#http({ method: "POST", path: "/api/auth/password-resets", body: { email } });
  }

  resetPassword(token: string, newPassword: string): Promise<void> {
    const path = `/api/auth/password-resets/${encodeURIComponent(token)}`;
    return this.#http({ method: "PUT", path, body: { newPassword } });
  }

  async #users(query: URLSearchParams, bearer: string): Promise<User[]> {
    const path = `/api/users?${query}`;
    return (await this.#http<{ users: User[] }>({ method: "GET", path, bearer })).users;
  }
}
