import type { Pool } from "pg";
import type { AvatarStore } from "../avatars/avatar-store.ts";
import { transact } from "../db/database.ts";
import type { Account } from "./account.ts";
import { type AccountChange, changeAccount } from "./store.ts";

export type ProfileChange = Pick<AccountChange, "nickname" | "name" | "bio" | "avatarUrl">;

/** Changes what others see of an account. All resolve to undefined when there is no such account. */
export class Profiles {
  readonly #pool: Pool;
  readonly #avatars: AvatarStore;

  constructor(pool: Pool, avatars: AvatarStore) {
    this.#pool = pool;
    this.#avatars = avatars;
  }

  /** Rejects with `conflict` when the nickname is taken. A new address of the picture, or none, erases the uploaded one. */
  change(userId: string, change: ProfileChange): Promise<Account | undefined> {
    return transact(this.#pool, async ({ database }) => {
      const changed = await changeAccount(database, userId, change);
      if (change.avatarUrl !== undefined) await this.#avatars.remove(database, userId);
      return changed;
    });
  }

  /** `image` is served from now on, under an address that no other content will ever have. */
  setAvatar(userId: string, image: Buffer): Promise<Account | undefined> {
    return transact(this.#pool, async ({ database }) => {
      // Locks the account before the picture, as its deletion does.
      const exists = await changeAccount(database, userId, { avatarUrl: null });
      if (exists === undefined) return undefined;
      const contentHash = await this.#avatars.put(database, userId, image);
      return changeAccount(database, userId, { avatarUrl: avatarPath(contentHash) });
    });
  }
}

export const AVATARS_PATH = "/api/users/avatars";

/**
 * Without scheme and host, so that it holds under whatever address the service is reached: a page of
 * the same host shows it as it is, others resolve it against the service's URL.
 */
function avatarPath(contentHash: string): string {
  return `${AVATARS_PATH}/${contentHash}`;
}
