import type {
  Me,
  Session,
  SignInRequest,
  SignUpRequest,
  TokenTransport,
  User,
} from "@moim/protocol";
import type { Http } from "./http.ts";

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

  me(bearer: string): Promise<Me> {
    return this.#http({ method: "GET", path: "/api/users/me", bearer });
  }

  async #users(query: URLSearchParams, bearer: string): Promise<User[]> {
    const path = `/api/users?${query}`;
    return (await this.#http<{ users: User[] }>({ method: "GET", path, bearer })).users;
  }
}
