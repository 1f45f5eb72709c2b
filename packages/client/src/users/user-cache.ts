import type { User } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import type { Readable } from "../api.ts";
import { backoffMs } from "../backoff.ts";
import {
  USERS_BATCH_WAIT_MS,
  USERS_CACHED_MAX,
  USERS_FRESH_MS,
  USERS_REFRESH_EVERY_MS,
  USERS_REFRESH_SPREAD_MS,
} from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import { Value } from "../value.ts";

export type UserCacheParts = {
  clock: Clock;
  random: () => number;
  /** Unknown ids are left out of the answer. */
  fetchUsers(ids: readonly string[]): Promise<readonly User[]>;
  onLearned(): void;
};

/**
 * Users by id: many asked for in one request, kept for as long as there is room. Those that somebody
 * watches are asked for again from time to time: nobody tells when a name or a picture changes.
 */
export class UserCache {
  readonly #parts: UserCacheParts;
  /** By when they were last asked for, oldest first. */
  readonly #users = new Map<string, Value<User | null>>();
  readonly #wanted = new Set<string>();
  /** From last time: shown, and asked for once more. */
  readonly #remembered = new Set<string>();
  /** When the service last said something of them, also that there is no such user. */
  readonly #answeredAtMs = new Map<string, number>();
  #cancel: (() => void) | null = null;
  #refresh: { readonly atMs: number; readonly cancel: () => void } | null = null;
  #attempt = 0;
  #isStopped = false;

  constructor(parts: UserCacheParts) {
    this.#parts = parts;
  }

  get(userId: string): Readable<User | null> {
    const known = this.#users.get(userId);
    const user = known ?? new Value<User | null>(null);
    this.#users.delete(userId);
    this.#users.set(userId, user);
    if (!known || this.#remembered.delete(userId)) this.#want(userId);
    this.#dropLongUnused();
    return user;
  }

  /** What another answer has told about users. */
  learn(users: readonly User[]): void {
    for (const user of users) {
      const known = this.#users.get(user.id);
      if (!known) this.#users.set(user.id, new Value<User | null>(user));
      else if (!isSame(known.current, user)) known.set(user);
      this.#remembered.delete(user.id);
      this.#answered(user.id);
    }
    this.#dropLongUnused();
    this.#parts.onLearned();
  }

  /** Somebody looks, or an answer may be old: whoever is watched is asked for once more. */
  refreshSoon(): void {
    this.#refreshIn(this.#parts.random() * USERS_REFRESH_SPREAD_MS);
  }

  /** What is left of last time, for those of whom nothing newer is known. */
  remember(users: readonly User[]): void {
    for (const user of users) {
      const known = this.#users.get(user.id);
      if (known?.current) continue;
      if (known) known.set(user);
      else this.#users.set(user.id, new Value<User | null>(user));
      if (!known) this.#remembered.add(user.id);
    }
  }

  /** What may be shown next time; the latest asked for last. */
  toRemember(): readonly User[] {
    return [...this.#users.values()].flatMap(({ current }) => current ?? []);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#refresh?.cancel();
  }

  #refreshIn(waitMs: number): void {
    const { clock } = this.#parts;
    const atMs = clock.now() + waitMs;
    if (this.#isStopped || (this.#refresh && this.#refresh.atMs <= atMs)) return;
    this.#refresh?.cancel();
    const cancel = clock.after(waitMs, () => {
      this.#refresh = null;
      this.#wantWatched();
      this.#refreshIn(USERS_REFRESH_EVERY_MS);
    });
    this.#refresh = { atMs, cancel };
  }

  #wantWatched(): void {
    const freshFromMs = this.#parts.clock.now() - USERS_FRESH_MS;
    for (const [userId, user] of this.#users) {
      // Without an answer it is being asked for already.
      const answeredAtMs = this.#answeredAtMs.get(userId) ?? Number.POSITIVE_INFINITY;
      if (user.isWatched && answeredAtMs < freshFromMs) this.#want(userId);
    }
  }

  #answered(userId: string): void {
    this.#answeredAtMs.set(userId, this.#parts.clock.now());
    this.#refreshIn(USERS_REFRESH_EVERY_MS);
  }

  #want(userId: string): void {
    this.#wanted.add(userId);
    this.#schedule(USERS_BATCH_WAIT_MS);
  }

  #schedule(waitMs: number): void {
    if (this.#isStopped) return;
    this.#cancel ??= this.#parts.clock.after(waitMs, () => {
      this.#cancel = null;
      void this.#fetchWanted();
    });
  }

  async #fetchWanted(): Promise<void> {
    const ids = [...this.#wanted].slice(0, PAGE_LIMITS.userIds);
    for (const id of ids) this.#wanted.delete(id);
    try {
      this.learn(await this.#parts.fetchUsers(ids));
      for (const id of ids) this.#answered(id);
      this.#attempt = 0;
      if (this.#wanted.size > 0) this.#schedule(0);
    } catch (caught) {
      const error = MoimError.from(caught);
      if (!error.retryable) return;
      for (const id of ids) this.#wanted.add(id);
      const waitMs = backoffMs(this.#attempt++, this.#parts.random);
      this.#schedule(Math.max(waitMs, error.retryAfterMs ?? 0));
    }
  }

  #dropLongUnused(): void {
    if (this.#users.size <= USERS_CACHED_MAX) return;
    for (const [userId, user] of this.#users) {
      if (user.isWatched) continue;
      this.#users.delete(userId);
      this.#answeredAtMs.delete(userId);
      if (this.#users.size <= USERS_CACHED_MAX) return;
    }
  }
}

/** What is on the screen is drawn again only for what is new. */
function isSame(known: User | null, { nickname, name, bio, avatarUrl }: User): boolean {
  if (known === null) return false;
  const isNamedSame = known.nickname === nickname && known.name === name;
  return isNamedSame && known.bio === bio && known.avatarUrl === avatarUrl;
}
