import type { PayloadOf, PresenceState } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import type { Presence, Readable } from "../api.ts";
import { backoffMs } from "../backoff.ts";
import { PRESENCE_BATCH_WAIT_MS, PRESENCE_KEPT_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";
import { Value } from "../value.ts";

export type PresenceWatchParts = { requests: Requests; clock: Clock; random: () => number };

type Watched = { view: Value<Presence | null>; subscriptions: number };

/**
 * Who of those that somebody looks at is online: one watch on the server for all of them, renewed when
 * they change and after every reconnect. Of more than it takes, the latest looked at are watched. What was
 * known is forgotten when the connection is away for long.
 */
export class PresenceWatch {
  readonly #parts: PresenceWatchParts;
  /** By when they were first looked at, oldest first. */
  readonly #watched = new Map<string, Watched>();
  #cancel: (() => void) | null = null;
  #cancelForgetting: (() => void) | null = null;
  #attempt = 0;
  #turn = 0;
  #isStopped = false;

  constructor(parts: PresenceWatchParts) {
    this.#parts = parts;
  }

  /** Watched for as long as it is subscribed to; null while unknown. */
  of(userId: string): Readable<Presence | null> {
    const current = () => this.#watched.get(userId)?.view.current ?? null;
    return {
      get current() {
        return current();
      },
      subscribe: (listener) => this.#subscribe(userId, listener),
    };
  }

  changed({ userId, online, lastSeenAt }: PayloadOf<"presence:changed">): void {
    this.#watched.get(userId)?.view.set({ online, lastSeenAt });
  }

  /** Whether there is a connection, over which changes would come. */
  connected(isConnected: boolean): void {
    if (isConnected) {
      this.#cancelForgetting?.();
      this.#cancelForgetting = null;
    } else if (!this.#isStopped) {
      this.#cancelForgetting ??= this.#parts.clock.after(PRESENCE_KEPT_MS, () => this.#forget());
    }
  }

  /** Watches anew: a new connection knows of no watch, and a new room makes new acquaintances. */
  renew(): void {
    this.#attempt = 0;
    if (this.#watched.size > 0) this.#schedule(PRESENCE_BATCH_WAIT_MS);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#cancelForgetting?.();
  }

  #forget(): void {
    for (const { view } of this.#watched.values()) view.set(null);
  }

  #subscribe(userId: string, listener: (presence: Presence | null) => void): () => void {
    const held = this.#watched.get(userId);
    const watched = held ?? { view: new Value<Presence | null>(null), subscriptions: 0 };
    watched.subscriptions++;
    if (!held) {
      this.#watched.set(userId, watched);
      this.#schedule(PRESENCE_BATCH_WAIT_MS);
    }
    const unsubscribe = watched.view.subscribe(listener);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      unsubscribe();
      if (--watched.subscriptions > 0) return;
      this.#watched.delete(userId);
      this.#schedule(PRESENCE_BATCH_WAIT_MS);
    };
  }

  #schedule(waitMs: number): void {
    if (this.#isStopped) return;
    this.#cancel ??= this.#parts.clock.after(waitMs, () => {
      this.#cancel = null;
      if (this.#parts.requests.isReady()) void this.#watch();
    });
  }

  async #watch(): Promise<void> {
    const turn = ++this.#turn;
    const userIds = [...this.#watched.keys()].slice(-PAGE_LIMITS.watchUsers);
    try {
      const { users } = await this.#parts.requests.request("presence:watch", { userIds });
      this.#attempt = 0;
      // A later watch has replaced this one; its answer is on its way.
      if (turn === this.#turn) this.#take(userIds, users);
    } catch (caught) {
      const error = MoimError.from(caught);
      if (!error.retryable || turn !== this.#turn) return;
      const waitMs = backoffMs(this.#attempt++, this.#parts.random);
      this.#schedule(Math.max(waitMs, error.retryAfterMs ?? 0));
    }
  }

  #take(asked: readonly string[], users: readonly PresenceState[]): void {
    const answered = new Map(users.map((user) => [user.userId, user]));
    for (const userId of asked) {
      const view = this.#watched.get(userId)?.view;
      const known = answered.get(userId);
      if (!known) view?.set(null);
      else view?.set({ online: known.online, lastSeenAt: known.lastSeenAt });
    }
  }
}
