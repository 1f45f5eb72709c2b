import type { MintedUser } from "../clients/load-client.ts";
import { refresh } from "../clients/refresh.ts";
import type { Tally } from "./tally.ts";

export type RenewalParts = {
  user: MintedUser;
  /** Where tokens are renewed. */
  siteUrl: string;
  localAddress: string | undefined;
  tally: Tally;
};

/** A token that ends sooner is renewed before one connects with it. */
const TOKEN_LEFT_MIN_MS = 1_000;

/** One user's access token, for as long as the session lives. */
export class Renewal {
  readonly #parts: RenewalParts;
  #user: MintedUser;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
    this.#user = parts.user;
  }

  /** The user as it may connect now. */
  get user(): MintedUser {
    return this.#user;
  }

  get isDue(): boolean {
    return this.#user.expiresAt - Date.now() < TOKEN_LEFT_MIN_MS;
  }

  /** Resolves to false when there is no new one; it is counted why. */
  async renew(): Promise<boolean> {
    const { siteUrl, localAddress, tally } = this.#parts;
    try {
      this.#user = await refresh(siteUrl, this.#user, localAddress);
      tally.counters.renewals++;
      return true;
    } catch (error) {
      tally.error(error instanceof Error ? error.message : String(error));
      return false;
    }
  }
}
