import type { RoomSummary } from "@moim/protocol";
import { backoffMs } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";

export type RoomFetchesParts = {
  requests: Requests;
  clock: Clock;
  random: () => number;
  onFetched(room: RoomSummary): void;
  onNotFound(roomId: string): void;
};

/** Reads single rooms anew, each at most once at a time; a later wish is read after it. */
export class RoomFetches {
  readonly #parts: RoomFetchesParts;
  /** Rooms to be read, with the timer that begins it, or null once it has begun. */
  readonly #wanted = new Map<string, (() => void) | null>();
  readonly #again = new Set<string>();
  /** Of these an answer on its way is not believed. */
  readonly #outdated = new Set<string>();
  #isStopped = false;

  constructor(parts: RoomFetchesParts) {
    this.#parts = parts;
  }

  want(roomId: string, waitMs: number): void {
    if (this.#isStopped) return;
    const begun = this.#wanted.get(roomId);
    if (begun === null) this.#again.add(roomId);
    if (begun === undefined) this.#schedule(roomId, waitMs, 0);
  }

  /** An answer on its way may have been read before something that it must not undo: it is dropped, and asked for anew. */
  outdate(roomId: string): void {
    if (this.#wanted.get(roomId) === null) this.#outdated.add(roomId);
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#wanted.values()) cancel?.();
  }

  #schedule(roomId: string, waitMs: number, attempt: number): void {
    const run = () => void this.#fetch(roomId, attempt);
    this.#wanted.set(roomId, this.#parts.clock.after(waitMs, run));
  }

  async #fetch(roomId: string, attempt: number): Promise<void> {
    const { requests, random, onFetched, onNotFound } = this.#parts;
    this.#wanted.set(roomId, null);
    try {
      const { room } = await requests.request("room:get", { roomId });
      this.#wanted.delete(roomId);
      if (this.#outdated.delete(roomId)) this.#again.add(roomId);
      else if (!this.#isStopped) onFetched(room);
    } catch (caught) {
      const error = MoimError.from(caught);
      this.#wanted.delete(roomId);
      this.#outdated.delete(roomId);
      if (this.#isStopped) return;
      // One that is wished for anew may be there by now.
      if (error.code === "not_found" && !this.#again.has(roomId)) onNotFound(roomId);
      // Without a connection it is given up: the next one reads the whole list.
      if (error.retryable && requests.isReady()) {
        const waitMs = Math.max(backoffMs(attempt, random), error.retryAfterMs ?? 0);
        return this.#schedule(roomId, waitMs, attempt + 1);
      }
    }
    if (this.#again.delete(roomId)) this.want(roomId, 0);
  }
}
