import type { PresenceState } from "@moim/protocol";
import type { Logger } from "@moim/service";
import type { Clock } from "../clock.ts";
import type { Acquaintance, Pair } from "../persist/presence.ts";
import { TELL_DELAY_MS, TELL_PAIRS_MAX, TELL_RETRY_MS } from "./bounds.ts";
import type { Watch, Watches } from "./watches.ts";

export type TellerOptions = {
  clock: Clock;
  logger: Logger;
  watches: Watches;
  stateOf(userId: string, lastSeenAt: number | null): PresenceState;
  isOnline(userId: string): boolean;
  /** Of these pairs, those who share a room now. */
  acquaintances(pairs: readonly Pair[]): Promise<Acquaintance[]>;
  /** Whether the socket takes what it is sent at once: presence never queues behind messages. */
  isReady(socketId: string): boolean;
  tell(socketId: string, state: PresenceState): void;
};

/**
 * Tells watchers what has changed. The newest state only, however often it changed meanwhile, so
 * what waits is bounded by what is watched; and only those who still share a room.
 */
export class Teller {
  readonly #options: TellerOptions;
  /** Watched users whose watchers may have been told otherwise. */
  readonly #changed = new Set<string>();
  #phase: "idle" | "scheduled" | "telling" | "stopped" = "idle";

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  changed(userIds: Iterable<string>): void {
    for (const userId of userIds) {
      if (this.#options.watches.isWatched(userId)) this.#changed.add(userId);
    }
    if (this.#phase === "idle") this.#schedule(TELL_DELAY_MS);
  }

  stop(): void {
    this.#phase = "stopped";
  }

  #schedule(delayMs: number): void {
    if (this.#phase === "stopped") return;
    this.#phase = "idle";
    if (this.#changed.size === 0) return;
    this.#phase = "scheduled";
    this.#options.clock.after(delayMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    if (this.#phase === "stopped") return;
    this.#phase = "telling";
    const due = this.#collect();
    try {
      const known = due.length === 0 ? [] : await this.#options.acquaintances(due.map(pairOf));
      this.#tellAll(due, known);
      this.#schedule(due.length > 0 ? TELL_DELAY_MS : TELL_RETRY_MS);
    } catch (error) {
      this.#options.logger.warn({ err: error }, "changes of presence wait");
      for (const { userId } of due) this.#changed.add(userId);
      this.#schedule(TELL_RETRY_MS);
    }
  }

  /** Takes from what has changed; what is over the bound, or not to be told now, stays. */
  #collect(): Due[] {
    const due: Due[] = [];
    for (const userId of this.#changed) {
      const online = this.#options.isOnline(userId);
      let isComplete = true;
      for (const watch of this.#options.watches.watching(userId)) {
        // A paused socket is told what it missed when its token has been renewed.
        if (watch.told.get(userId) === online || watch.isPaused) continue;
        if (due.length === TELL_PAIRS_MAX) return due;
        if (this.#options.isReady(watch.socketId)) due.push({ watch, userId });
        else isComplete = false;
      }
      if (isComplete) this.#changed.delete(userId);
    }
    return due;
  }

  #tellAll(due: readonly Due[], known: readonly Acquaintance[]): void {
    const { isOnline, isReady, stateOf, tell, watches } = this.#options;
    const lastSeen = new Map(known.map((one) => [keyOf(one), one.lastSeenAt]));
    // Asked once per socket: the first packet makes it busy for the rest of this tick.
    const ready = new Set(
      due.map(({ watch }) => watch.socketId).filter((socketId) => isReady(socketId)),
    );
    for (const { watch, userId } of due) {
      const { isPaused, socketId, told } = watch;
      if (isPaused || told.get(userId) === isOnline(userId)) continue;
      const lastSeenAt = lastSeen.get(keyOf(pairOf({ watch, userId })));
      if (lastSeenAt === undefined) {
        watches.forget(watch, userId);
      } else if (!ready.has(socketId)) {
        this.#changed.add(userId);
      } else if (told.has(userId)) {
        const state = stateOf(userId, lastSeenAt);
        told.set(userId, state.online);
        tell(socketId, state);
      }
    }
  }
}

type Due = { watch: Watch; userId: string };

function pairOf({ watch, userId }: Due): Pair {
  return { watcherId: watch.userId, userId };
}

function keyOf({ watcherId, userId }: Pair): string {
  return `${watcherId} ${userId}`;
}
