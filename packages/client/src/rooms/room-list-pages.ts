import type { DataOf } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import { backoffMs } from "../backoff.ts";
import { ROOMS_RELOADED_MAX } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";
import { activityOf } from "./room-entry.ts";

export type RoomListPage = DataOf<"room:list">;

export type RoomListPagesParts = {
  requests: Requests;
  clock: Clock;
  random: () => number;
  /** How many rooms are listed: as many are read anew. */
  listed(): number;
  onPage(page: RoomListPage): void;
  /** The list has been read anew: whatever is listed and not among these, is not in it. */
  onReadAnew(roomIds: ReadonlySet<string>): void;
  /** Refused for good. */
  onRefused(): void;
  /** What is being loaded has changed. */
  onProgress(): void;
};

/** Reads the list of rooms: all that was listed anew after every reconnect, and further back on demand. */
export class RoomListPages {
  readonly #parts: RoomListPagesParts;
  /** Rooms that entered the list by themselves while pages were on their way. */
  #entered = new Set<string>();
  /** For each page on its way the rooms that have been left since it was asked for. */
  readonly #leftSince = new Set<Set<string>>();
  #nextCursor: string | null = null;
  /** When something had last happened in the last room before that cursor. */
  #reachedAt = Number.POSITIVE_INFINITY;
  #reloading: Promise<void> | null = null;
  #mustReload = false;
  #loadingMore: Promise<void> | null = null;
  #attempt = 0;
  #cancelRetry: () => void = () => {};
  #isStopped = false;

  constructor(parts: RoomListPagesParts) {
    this.#parts = parts;
  }

  get hasMore(): boolean {
    return this.#nextCursor !== null;
  }

  get isLoadingMore(): boolean {
    return this.#loadingMore !== null;
  }

  /** Whether the list as it has been read goes back as far as this room, or it has come by itself. */
  reaches(roomId: string, activityAt: number): boolean {
    return !this.hasMore || this.#entered.has(roomId) || activityAt >= this.#reachedAt;
  }

  entered(roomId: string): void {
    this.#entered.add(roomId);
  }

  /** A page on its way may have been read before, and must not bring it back. */
  left(roomId: string): void {
    this.#entered.delete(roomId);
    for (const left of this.#leftSince) left.add(roomId);
  }

  /** Never rejects; tried again as long as there is a connection. */
  reload(): void {
    this.#cancelRetry();
    // A list on its way may have been read before what was missed.
    if (this.#reloading) this.#mustReload = true;
    this.#reloading ??= this.#readAnew()
      .catch((error: unknown) => this.#afterFailure(MoimError.from(error)))
      .finally(() => {
        this.#reloading = null;
        const mustReload = this.#mustReload && !this.#isStopped;
        this.#mustReload = false;
        if (mustReload) this.reload();
      });
  }

  /** Rejects with `MoimError` when the page could not be had; calling again is fine. */
  loadMore(): Promise<void> {
    if (!this.hasMore) return Promise.resolve();
    this.#loadingMore ??= this.#readNextPage().finally(() => {
      this.#loadingMore = null;
      this.#parts.onProgress();
    });
    this.#parts.onProgress();
    return this.#loadingMore;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry();
  }

  async #readAnew(): Promise<void> {
    const { listed, onPage, onReadAnew } = this.#parts;
    const wanted = Math.min(listed(), ROOMS_RELOADED_MAX);
    this.#entered = new Set();
    const seen = new Set<string>();
    let cursor: string | null = null;
    let page: RoomListPage;
    do {
      page = await this.#requestPage(cursor);
      for (const room of page.rooms) seen.add(room.id);
      onPage(page);
      cursor = page.nextCursor;
    } while (cursor !== null && seen.size < wanted);
    this.#reached(page);
    this.#attempt = 0;
    onReadAnew(new Set([...seen, ...this.#entered]));
  }

  async #readNextPage(): Promise<void> {
    for (let cursor = this.#nextCursor; cursor !== null; cursor = this.#nextCursor) {
      const page = await this.#requestPage(cursor);
      // Read anew meanwhile, the list ends elsewhere: this page may not be the next one.
      if (this.#nextCursor !== cursor) continue;
      this.#reached(page);
      this.#parts.onPage(page);
      return;
    }
  }

  #reached({ rooms, nextCursor }: RoomListPage): void {
    this.#nextCursor = nextCursor;
    const last = rooms.at(-1);
    if (last) this.#reachedAt = activityOf(last);
  }

  async #requestPage(cursor: string | null): Promise<RoomListPage> {
    const request = { limit: PAGE_LIMITS.rooms, ...(cursor === null ? {} : { cursor }) };
    const left = new Set<string>();
    this.#leftSince.add(left);
    try {
      const page = await this.#parts.requests.request("room:list", request);
      return { ...page, rooms: page.rooms.filter(({ id }) => !left.has(id)) };
    } finally {
      this.#leftSince.delete(left);
    }
  }

  #afterFailure(error: MoimError): void {
    const { requests, clock, random, onRefused } = this.#parts;
    if (this.#isStopped) return;
    if (!error.retryable) onRefused();
    if (!requests.isReady()) return;
    const waitMs = Math.max(backoffMs(this.#attempt++, random), error.retryAfterMs ?? 0);
    this.#cancelRetry = clock.after(waitMs, () => this.reload());
  }
}
