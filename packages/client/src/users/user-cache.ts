import type { User } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import type { Readable } from "../api.ts";
import { backoffMs } from "../backoff.ts";
import { USERS_BATCH_WAIT_MS, USERS_CACHED_MAX } from "../bounds.ts";
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

/** Users by id: each asked for once, many in one request, kept for as long as there is room. */
export class UserCache {
  readonly #parts: UserCacheParts;
  /** By when they were last asked for, oldest first. */
  readonly #users = new Map<string, Value<User | null>>();
  readonly #wanted = new Set<string>();
  /** From last time: shown, and asked for once more. */
  readonly #remembered = new Set<string>();
  #cancel: (() => void) | null = null;
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
      if (known) known.set(user);
      else this.#users.set(user.id, new Value<User | null>(user));
      this.#remembered.delete(user.id);
    }
    this.#dropLongUnused();
    this.#parts.onLearned();
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
      if (this.#users.size <= USERS_CACHED_MAX) return;
    }
  }
}
