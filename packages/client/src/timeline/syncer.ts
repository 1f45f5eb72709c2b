import type { SyncedRoom } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import { backoffMs } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";

export type SyncerParts = {
  requests: Requests;
  clock: Clock;
  random: () => number;
  /** Up to where the room is held; null when there is nothing to sync. */
  revOf(roomId: string): number | null;
  /** Takes the answer to a sync asked from `askedRev`. `isLast`: nothing made another one wanted meanwhile. */
  onSynced(askedRev: number, room: SyncedRoom, isLast: boolean): void;
};

/**
 * Brings held rooms up to date: many rooms in one request, one request at a time, again for a room
 * with more to come. A lost connection ends it; whoever reconnects wants every held room anew.
 */
export class Syncer {
  readonly #parts: SyncerParts;
  readonly #wanted = new Set<string>();
  #isRunning = false;
  #isStopped = false;
  #attempt = 0;
  #cancelRetry: () => void = () => {};

  constructor(parts: SyncerParts) {
    this.#parts = parts;
  }

  /** Also heeded while a sync of the same room is on its way: it may have been read before. */
  want(roomId: string): void {
    this.#wanted.add(roomId);
    this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry();
  }

  #run(): void {
    if (this.#isRunning || this.#isStopped || !this.#parts.requests.isReady()) return;
    this.#isRunning = true;
    this.#cancelRetry();
    void this.#syncWanted();
  }

  async #syncWanted(): Promise<void> {
    // In a microtask, so that rooms wanted together are asked for together.
    await Promise.resolve();
    try {
      while (this.#wanted.size > 0) await this.#sync(this.#takeWanted());
      this.#attempt = 0;
    } catch (error) {
      this.#retryLater(error);
    }
    // In one step with the last look at what is wanted: between the two nothing can be left lying.
    this.#isRunning = false;
  }

  async #sync(asked: ReadonlyMap<string, number>): Promise<void> {
    if (asked.size === 0) return;
    const rooms = [...asked].map(([roomId, rev]) => ({ roomId, rev }));
    try {
      const answer = await this.#parts.requests.request("room:sync", { rooms });
      for (const room of answer.rooms) this.#take(asked, room);
    } catch (error) {
      for (const roomId of asked.keys()) this.#wanted.add(roomId);
      throw error;
    }
  }

  #takeWanted(): Map<string, number> {
    const asked = new Map<string, number>();
    for (const roomId of [...this.#wanted].slice(0, PAGE_LIMITS.syncRooms)) {
      this.#wanted.delete(roomId);
      const rev = this.#parts.revOf(roomId);
      if (rev !== null) asked.set(roomId, rev);
    }
    return asked;
  }

  #take(asked: ReadonlyMap<string, number>, room: SyncedRoom): void {
    const askedRev = asked.get(room.roomId);
    if (askedRev === undefined || this.#isStopped) return;
    this.#parts.onSynced(askedRev, room, !this.#wanted.has(room.roomId));
    if (!("gone" in room) && room.more) this.#wanted.add(room.roomId);
  }

  #retryLater(caught: unknown): void {
    if (this.#isStopped) return;
    const error = MoimError.from(caught);
    const waitMs = Math.max(
      backoffMs(this.#attempt++, this.#parts.random),
      error.retryAfterMs ?? 0,
    );
    this.#cancelRetry = this.#parts.clock.after(waitMs, () => this.#run());
  }
}
