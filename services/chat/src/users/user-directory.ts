import { type ErrorCode, Failure, problem, usersAnswer } from "@moim/protocol";

const REQUEST_TIMEOUT_MS = 2_500;
const RETRY_AFTER_MS = 1_000;

/** What the auth service says about the caller, and hence the caller has to know. */
const PASSED_ON: readonly ErrorCode[] = [
  "token_expired",
  "token_invalid",
  "session_revoked",
  "rate_limited",
];

/** Which users exist, as the auth service knows: whoever deleted their account does not. */
export interface UserDirectory {
  /**
   * Those of the users who exist. Rejects with the auth service's own code when it refuses the
   * caller's token or asks for patience, and with `unavailable` when it does not answer otherwise.
   * At most 100 ids.
   */
  known(caller: { accessToken: string }, userIds: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Rejects with `bad_request` naming `field` when one of the ids is unknown, otherwise as `known`.
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
    const known = await this.known(caller, userIds);
    const unknown = userIds.filter((id) => !known.has(id));
    if (unknown.length === 0) return;
    throw new Failure("bad_request", `${field}: no such user`, {
      errors: unknown.map((id) => ({ path: field, message: `no user ${id}` })),
    });
  }

  async known(
    { accessToken }: { accessToken: string },
    userIds: readonly string[],
  ): Promise<ReadonlySet<string>> {
    try {
      const response = await fetch(`${this.#baseUrl}/api/users?ids=${userIds.join(",")}`, {
        headers: { authorization: `Bearer ${accessToken}` },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (!response.ok) throw await refusalOf(response);
      const { users } = usersAnswer.parse(await response.json());
      return new Set(users.filter((user) => !user.deleted).map((user) => user.id));
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure("unavailable", "the auth service did not answer; try again", {
        retryAfterMs: RETRY_AFTER_MS,
        cause: error,
      });
    }
  }
}

/** A `Failure` where the refusal is the caller's affair. */
async function refusalOf(response: Response): Promise<Error> {
  const { code, detail, title } = problem.parse(await response.json());
  const passedOn = PASSED_ON.find((known) => known === code);
  if (passedOn === undefined) return new Error(`status ${response.status}, ${code}`);
  if (passedOn !== "rate_limited") return new Failure(passedOn, detail ?? title);
  const retryAfterMs = Number(response.headers.get("retry-after")) * 1_000 || RETRY_AFTER_MS;
  return new Failure(passedOn, detail ?? title, { retryAfterMs });
}
