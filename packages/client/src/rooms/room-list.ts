import type { DataOf, Message, PayloadOf, Room, RoomSummary } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import type { RoomsView } from "../api.ts";
import { backoffMs } from "../backoff.ts";
import { AHEAD_WAIT_MS, ROOMS_RELOADED_MAX } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";
import { Value } from "../value.ts";
import { ReadMarks } from "./read-marks.ts";
import {
  activityAt,
  isBehind,
  type RoomEntry,
  withChanges,
  withHead,
  withReadSeq,
  withRoom,
  withSummary,
} from "./room-entry.ts";
import { RoomFetches } from "./room-fetches.ts";

export type RoomListParts = {
  ownUserId: string;
  requests: Requests;
  clock: Clock;
  random: () => number;
  /** On the screen: kept also where the list does not reach. */
  isOpen(roomId: string): boolean;
  /** What is known of this room has changed. */
  onChanged(roomId: string): void;
};

/**
 * The user's rooms, newest activity first: read in pages, kept live by what the server sends. The
 * list holds every room with activity since the oldest one listed; further pages reach back.
 */
export class RoomList {
  readonly view = new Value<RoomsView>({
    state: "loading",
    rooms: [],
    unreadTotal: 0,
    hasMore: false,
    loadingMore: false,
  });
  readonly #parts: RoomListParts;
  readonly #entries = new Map<string, RoomEntry>();
  readonly #fetches: RoomFetches;
  readonly #reads: ReadMarks;
  /** Rooms that entered the list by themselves while pages were on their way. */
  #entered = new Set<string>();
  #phase: RoomsView["state"] = "loading";
  #nextCursor: string | null = null;
  /** In rooms further back than the list reaches. */
  #unreadElsewhere = 0;
  #loading: Promise<void> | null = null;
  #mustReload = false;
  #loadingMore: Promise<void> | null = null;
  #attempt = 0;
  #cancelRetry: () => void = () => {};
  #isStopped = false;

  constructor(parts: RoomListParts) {
    this.#parts = parts;
    this.#fetches = new RoomFetches({
      ...parts,
      onFetched: (room) => this.#takeFetched(room),
      onNotFound: (roomId) => this.removed(roomId),
    });
    this.#reads = new ReadMarks({
      ...parts,
      onConfirmed: (roomId, readSeq) => this.#readConfirmed(roomId, readSeq),
    });
  }

  get(roomId: string): RoomSummary | null {
    return this.#entries.get(roomId)?.summary ?? null;
  }

  /** Makes sure that the room is known, listed or not. */
  ensure(roomId: string): void {
    if (!this.#entries.has(roomId)) this.#fetches.want(roomId, 0);
  }

  /** The connection is ready, or deliveries may have been missed: reads everything anew. */
  catchUp(): void {
    this.#reads.resume();
    for (const [roomId, entry] of this.#entries) if (!entry.isListed) this.#unlist(roomId, entry);
    // A list on its way may have been read before what was missed.
    this.#mustReload = this.#loading !== null;
    void this.#reload();
  }

  receive(roomId: string, changes: readonly Message[]): void {
    const entry = this.#entries.get(roomId);
    if (!entry) {
      this.#entered.add(roomId);
      this.#fetches.want(roomId, 0);
      return;
    }
    const next = withChanges(entry, changes, this.#parts.ownUserId);
    const isNew = next.summary.lastSeq > entry.summary.lastSeq;
    if (isNew && !entry.isListed) this.#entered.add(roomId);
    this.#put(roomId, isNew ? { ...next, isListed: true } : next);
    if (isBehind(next)) this.#fetches.want(roomId, AHEAD_WAIT_MS);
  }

  head(roomId: string, rev: number): void {
    const entry = this.#entries.get(roomId);
    if (entry) this.#put(roomId, withHead(entry, rev));
    if (!entry || isBehind(withHead(entry, rev))) this.#fetches.want(roomId, 0);
  }

  added(room: Room): void {
    this.#entered.add(room.id);
    this.#fetches.want(room.id, 0);
  }

  removed(roomId: string): void {
    this.#entered.delete(roomId);
    if (this.#entries.delete(roomId)) this.#changed(roomId);
  }

  changed(room: Room): void {
    const entry = this.#entries.get(room.id);
    if (entry) this.#put(room.id, withRoom(entry, room));
    else this.#fetches.want(room.id, 0);
  }

  /** Here at once; other devices read it when they next load. */
  muted(roomId: string, muted: boolean): void {
    const entry = this.#entries.get(roomId);
    if (entry) this.#put(roomId, { ...entry, summary: { ...entry.summary, muted } });
  }

  /** Somebody, perhaps this user on another device, has read. */
  read({ roomId, userId, seq }: PayloadOf<"room:read">): void {
    const entry = this.#entries.get(roomId);
    if (!entry) return;
    const { ownUserId } = this.#parts;
    this.#put(roomId, withReadSeq(entry, userId, seq, ownUserId));
    const isOwnAndPartly = userId === ownUserId && seq < entry.summary.lastSeq;
    if (isOwnAndPartly) this.#fetches.want(roomId, AHEAD_WAIT_MS);
  }

  /** This user has seen everything up to `seq`, here and now. */
  markRead(roomId: string, seq: number): void {
    const { ownUserId } = this.#parts;
    const entry = this.#entries.get(roomId);
    if (entry && seq <= entry.summary.readSeq) return;
    if (entry) this.#put(roomId, withReadSeq(entry, ownUserId, seq, ownUserId));
    this.#reads.mark(roomId, seq);
  }

  loadMore(): Promise<void> {
    if (this.#nextCursor === null) return Promise.resolve();
    this.#loadingMore ??= this.#readNextPage().finally(() => {
      this.#loadingMore = null;
      this.#show();
    });
    this.#show();
    return this.#loadingMore;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry();
    this.#fetches.stop();
    this.#reads.stop();
  }

  #readConfirmed(roomId: string, readSeq: number): void {
    const entry = this.#entries.get(roomId);
    // What is left unread after a part was read, the server counts.
    if (entry && readSeq < entry.summary.lastSeq) this.#fetches.want(roomId, 0);
  }

  #takeFetched(summary: RoomSummary): void {
    const { ownUserId } = this.#parts;
    const fetched = withSummary(this.#entries.get(summary.id), summary, ownUserId);
    // What was heard of before the request is part of the answer; what came since is in `ahead`.
    const head = fetched.ahead.at(-1)?.rev ?? fetched.summary.rev;
    const entry = { ...fetched, head };
    const isWithinReach = this.#entered.has(summary.id) || this.#nextCursor === null;
    // A direct room without a word is nobody's news yet.
    const hasSomething = summary.kind === "group" || summary.lastMessage !== null;
    const isListed = entry.isListed || (isWithinReach && hasSomething);
    this.#put(summary.id, { ...entry, isListed });
    if (isBehind(entry)) this.#fetches.want(summary.id, AHEAD_WAIT_MS);
  }

  #reload(): Promise<void> {
    this.#cancelRetry();
    this.#loading ??= this.#readAnew()
      .catch((error: unknown) => this.#afterFailure(MoimError.from(error)))
      .finally(() => {
        this.#loading = null;
        if (this.#mustReload && !this.#isStopped) void this.#reload();
        this.#mustReload = false;
      });
    return this.#loading;
  }

  async #readAnew(): Promise<void> {
    const listedBefore = this.#listed().length;
    this.#entered = new Set();
    const seen = new Set<string>();
    let page: DataOf<"room:list"> | null = null;
    do {
      const cursor: string | null = page?.nextCursor ?? null;
      page = await this.#requestPage(cursor);
      for (const room of page.rooms) seen.add(room.id);
      this.#takePage(page);
    } while (page.nextCursor !== null && seen.size < Math.min(listedBefore, ROOMS_RELOADED_MAX));
    for (const [roomId, entry] of this.#entries) {
      const isStale = entry.isListed && !seen.has(roomId) && !this.#entered.has(roomId);
      if (isStale) this.#unlist(roomId, entry);
    }
    this.#nextCursor = page.nextCursor;
    this.#attempt = 0;
    this.#phase = "ready";
    this.#show();
  }

  /** Left meanwhile, or further back than the list now reaches. It may still be open. */
  #unlist(roomId: string, entry: RoomEntry): void {
    if (!this.#parts.isOpen(roomId)) {
      this.removed(roomId);
      return;
    }
    this.#entries.set(roomId, { ...entry, isListed: false });
    this.#fetches.want(roomId, 0);
  }

  async #readNextPage(): Promise<void> {
    const page = await this.#requestPage(this.#nextCursor);
    this.#nextCursor = page.nextCursor;
    this.#takePage(page);
    this.#show();
  }

  #requestPage(cursor: string | null) {
    const request = { limit: PAGE_LIMITS.rooms, ...(cursor === null ? {} : { cursor }) };
    return this.#parts.requests.request("room:list", request);
  }

  #takePage(page: DataOf<"room:list">): void {
    const { ownUserId } = this.#parts;
    for (const summary of page.rooms) {
      const entry = withSummary(this.#entries.get(summary.id), summary, ownUserId);
      this.#entries.set(summary.id, { ...entry, isListed: true });
      this.#parts.onChanged(summary.id);
    }
    const isAll = page.nextCursor === null;
    this.#unreadElsewhere = isAll ? 0 : Math.max(0, page.unreadTotal - this.#unreadListed());
  }

  #afterFailure(error: MoimError): void {
    if (this.#isStopped) return;
    if (!error.retryable && this.#phase === "loading") {
      this.#phase = "failed";
      this.#show();
      return;
    }
    if (!this.#parts.requests.isReady()) return;
    const waitMs = Math.max(
      backoffMs(this.#attempt++, this.#parts.random),
      error.retryAfterMs ?? 0,
    );
    this.#cancelRetry = this.#parts.clock.after(waitMs, () => void this.#reload());
  }

  #put(roomId: string, entry: RoomEntry): void {
    this.#entries.set(roomId, entry);
    this.#changed(roomId);
  }

  #changed(roomId: string): void {
    if (this.#isStopped) return;
    this.#parts.onChanged(roomId);
    this.#show();
  }

  #listed(): RoomEntry[] {
    return [...this.#entries.values()].filter(({ isListed }) => isListed);
  }

  #unreadListed(): number {
    return this.#listed().reduce((sum, { summary }) => sum + summary.unread, 0);
  }

  #show(): void {
    if (this.#isStopped) return;
    const listed = this.#listed().sort((one, other) => activityAt(other) - activityAt(one));
    this.view.set({
      state: this.#phase,
      rooms: listed.map(({ summary }) => summary),
      unreadTotal: this.#unreadListed() + this.#unreadElsewhere,
      hasMore: this.#nextCursor !== null,
      loadingMore: this.#loadingMore !== null,
    });
  }
}
