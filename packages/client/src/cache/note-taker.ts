import type { User } from "@moim/protocol";
import { CACHE_WRITE_WAIT_MS, CACHED_ROOMS_MAX, CACHED_USERS_MAX } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { CachedPart, CachedTimeline } from "./client-cache.ts";
import type { LastingState, Remembered } from "./lasting-state.ts";

export type NoteTakerParts = {
  lastingState: LastingState;
  clock: Clock;
  /** Null where the list is not known yet. */
  rooms(): Remembered["rooms"];
  users(): readonly User[];
  /** Rooms that may be remembered as they are now. */
  timelines(): Iterable<CachedTimeline>;
};

/** Notes what is on the screen for next time, a moment after it has changed. */
export class NoteTaker {
  readonly #parts: NoteTakerParts;
  /** By `rev` and messages: what has been noted as it is. */
  readonly #noted = new Map<string, readonly unknown[]>();
  #cancel: (() => void) | null = null;
  #isStopped = false;

  constructor(parts: NoteTakerParts) {
    this.#parts = parts;
  }

  /** Something has changed. */
  touch(): void {
    if (this.#isStopped) return;
    this.#cancel ??= this.#parts.clock.after(CACHE_WRITE_WAIT_MS, () => {
      this.#cancel = null;
      this.#note();
    });
  }

  /** Nothing of this room may be shown again. */
  forget(roomId: string): void {
    this.#noted.delete(roomId);
    this.#parts.lastingState.removeTimeline(roomId);
    this.touch();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #note(): void {
    const { lastingState, rooms, users, timelines } = this.#parts;
    const parts: CachedPart[] = [
      { name: "users", id: "", value: users().slice(-CACHED_USERS_MAX) },
    ];
    const list = rooms();
    if (list) {
      const newest = list.rooms.slice(0, CACHED_ROOMS_MAX);
      parts.push({ name: "rooms", id: "", value: { ...list, rooms: newest } });
    }
    for (const timeline of timelines()) {
      if (this.#isNoted(timeline)) continue;
      parts.push({ name: "timeline", id: timeline.roomId, value: timeline });
    }
    lastingState.put(parts);
  }

  #isNoted({ roomId, rev, messages }: CachedTimeline): boolean {
    const [notedRev, first, last] = this.#noted.get(roomId) ?? [];
    if (notedRev === rev && first === messages[0] && last === messages.at(-1)) return true;
    this.#noted.set(roomId, [rev, messages[0], messages.at(-1)]);
    return false;
  }
}
