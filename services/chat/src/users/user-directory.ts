import { Failure, usersAnswer } from "@moim/protocol";

const REQUEST_TIMEOUT_MS = 2_500;

/** Which users exist, as the auth service knows. */
export interface UserDirectory {
  /**
   * Rejects with `bad_request` naming `field` when one of the ids is unknown, and with
   * `unavailable` when the auth service does not answer. At most 100 ids.
   */
  requireKnown(
    caller: { accessToken: string },
    userIds: readonly string[],
    field: string,
  ): Promise<void>;
}

/** Asks `GET /api/users?ids=` with the caller's own token. */
export class AuthUserDirectory implements UserDirectory {
  readonly #baseUrl: string;

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl.replace(/\/$/, "");
  }

  async requireKnown(
    caller: { accessToken: string },
    userIds: readonly string[],
    field: string,
  ): Promise<void> {
    if (userIds.length === 0) return;
    const known = await this.#known(caller.accessToken, userIds);
    const unknown = userIds.filter((id) => !known.has(id));
    if (unknown.length === 0) return;
    throw new Failure("bad_request", `${field}: no such user`, {
      errors: unknown.map((id) => ({ path: field, message: `no user ${id}` })),
    });
  }

  async #known(accessToken: string, userIds: readonly string[]): Promise<Set<string>> {
    try {
      const response = await fetch(`${this.#baseUrl}/api/users?ids=${userIds.join(",")}`, {
        headers: { authorization: `Bearer ${accessToken}` },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const { users } = usersAnswer.parse(await response.json());
      return new Set(users.map((user) => user.id));
    } catch (error) {
      throw new Failure("unavailable", "the auth service did not answer; try again", {
        retryAfterMs: 1_000,
        cause: error,
      });
    }
  }
}
