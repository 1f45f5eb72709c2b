import type { ChangedRoom, Message, PayloadOf, Room, RoomSummary } from "@moim/protocol";
import type { RoomsView } from "../api.ts";
import { AHEAD_WAIT_MS } from "../bounds.ts";
import type { CachedRooms } from "../cache/client-cache.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { Value } from "../value.ts";
import { ReadMarks } from "./read-marks.ts";
import {
  activityOf,
  isBehind,
  type RoomEntry,
  withChanges,
  withHead,
  withReadSeq,
  withRoom,
  withSummary,
} from "./room-entry.ts";
import { RoomFetches } from "./room-fetches.ts";
import { type RoomListPage, RoomListPages } from "./room-list-pages.ts";
import { UnreadElsewhere, unreadOf } from "./unread-elsewhere.ts";

export type RoomListParts = {
  ownUserId: string;
  requests: Requests;
  clock: Clock;
  random: () => number;
  /** On the screen, or lately: kept also where the list does not reach. */
  openRooms(): Iterable<string>;
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
  readonly #pages: RoomListPages;
  readonly #fetches: RoomFetches;
  readonly #reads: ReadMarks;
  /** Rooms of which the server has told since the connection is ready. */
  readonly #told = new Set<string>();
  /** How far the server has said that this user has read, where an answer on its way may not know of it. */
  readonly #confirmed = new Map<string, number>();
  /** Whether one hears of a room, as was last said, where an answer on its way may not know of it. */
  readonly #muted = new Map<string, boolean>();
  #phase: RoomsView["state"] = "loading";
  readonly #elsewhere: UnreadElsewhere;
  #isStopped = false;

  constructor(parts: RoomListParts) {
    this.#parts = parts;
    this.#elsewhere = new UnreadElsewhere(parts.ownUserId);
    this.#pages = new RoomListPages({
      ...parts,
      listed: () => this.#listed().length,
      onPage: (page) => this.#takePage(page),
      onReadAnew: (roomIds) => this.#keepListed(roomIds),
      onRefused: () => this.#refused(),
      onProgress: () => this.#show(),
    });
    this.#fetches = new RoomFetches({
      ...parts,
      onFetched: (room) => this.#takeFetched(room),
      onNotFound: (roomId) => this.#left(roomId),
    });
    this.#reads = new ReadMarks({
      ...parts,
      onConfirmed: (roomId, readSeq) => this.#readConfirmed(roomId, readSeq, 0),
    });
  }

  /** Shows what is left of last time, until the list is read. */
  remember({ rooms, unreadTotal }: CachedRooms): void {
    if (this.#phase !== "loading") return;
    for (const summary of rooms) {
      if (this.#entries.has(summary.id)) continue;
      const entry = withSummary(undefined, summary, this.#parts.ownUserId);
      // Perhaps no more than what was left after a part had been read.
      const isCounted = summary.unread === 0;
      this.#entries.set(summary.id, { ...entry, isCounted, isListed: true });
      this.#parts.onChanged(summary.id);
    }
    this.#elsewhere.told(unreadTotal, this.#known());
    this.#phase = "ready";
    this.#show();
  }

  get(roomId: string): RoomSummary | null {
    return this.#entries.get(roomId)?.summary ?? null;
  }

  /** Whether what is known of the room is the server's word of this connection. */
  isCurrent(roomId: string): boolean {
    return this.#told.has(roomId);
  }

  /** Makes sure that the room is known, listed or not. */
  ensure(roomId: string): void {
    if (!this.#entries.has(roomId)) this.#fetches.want(roomId, 0);
  }

  /** The connection is ready, or deliveries may have been missed: reads everything anew. */
  catchUp(): void {
    this.#told.clear();
    // Whatever is asked for from now on knows of these.
    this.#confirmed.clear();
    this.#muted.clear();
    this.#reads.resume();
    for (const [roomId, entry] of this.#entries) if (!entry.isListed) this.#unlist(roomId, entry);
    for (const roomId of this.#parts.openRooms()) this.ensure(roomId);
    this.#pages.reload();
  }

  receive(roomId: string, changes: readonly Message[]): void {
    const entry = this.#entries.get(roomId);
    if (!entry) {
      this.#elsewhere.hear(roomId, changes);
      this.#pages.entered(roomId);
      this.#fetches.want(roomId, 0);
      return;
    }
    const next = withChanges(entry, changes, this.#parts.ownUserId);
    // Pages on their way may have been read before this came, or without it after.
    if (changes.some(({ seq }) => seq > entry.summary.lastSeq)) this.#pages.entered(roomId);
    const isNew = next.summary.lastSeq > entry.summary.lastSeq;
    this.#put(roomId, isNew ? { ...next, isListed: true } : next);
    if (isBehind(next)) this.#fetches.want(roomId, AHEAD_WAIT_MS);
  }

  head(roomId: string, rev: number): void {
    const entry = this.#entries.get(roomId);
    if (entry) this.#put(roomId, withHead(entry, rev));
    if (!entry || isBehind(withHead(entry, rev))) this.#fetches.want(roomId, 0);
  }

  added(room: Room): void {
    this.#pages.entered(room.id);
    this.#fetches.want(room.id, 0);
  }

  /** By the server's word, or by what this user did: whatever is still on its way. */
  removed(roomId: string): void {
    this.#fetches.outdate(roomId);
    this.#left(roomId);
  }

  changed(room: ChangedRoom): void {
    if (room.muted !== undefined) this.#muted.set(room.id, room.muted);
    const entry = this.#entries.get(room.id);
    if (entry) this.#put(room.id, withRoom(entry, room));
    else this.#fetches.want(room.id, 0);
  }

  /** Here at once; other devices are told by the server. */
  muted(roomId: string, muted: boolean): void {
    this.#muted.set(roomId, muted);
    const entry = this.#entries.get(roomId);
    if (entry) this.#put(roomId, { ...entry, summary: { ...entry.summary, muted } });
  }

  /** Somebody, perhaps this user on another device, has read. */
  read({ roomId, userId, seq }: PayloadOf<"room:read">): void {
    const entry = this.#entries.get(roomId);
    const { ownUserId } = this.#parts;
    if (entry) this.#put(roomId, withReadSeq(entry, userId, seq, ownUserId));
    if (userId === ownUserId) this.#readConfirmed(roomId, seq, AHEAD_WAIT_MS);
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
    return this.#pages.loadMore();
  }

  stop(): void {
    this.#isStopped = true;
    this.#pages.stop();
    this.#fetches.stop();
    this.#reads.stop();
  }

  #readConfirmed(roomId: string, readSeq: number, waitMs: number): void {
    this.#confirmed.set(roomId, readSeq);
    // What is left unread after a part was read, the server counts.
    if (this.#entries.get(roomId)?.isCounted === false) this.#fetches.want(roomId, waitMs);
  }

  #takeFetched(summary: RoomSummary): void {
    if (!this.#entries.has(summary.id)) this.#elsewhere.learn(summary);
    const fetched = this.#taken(summary);
    // Asked for again where it was on its way already: the next answer knows of it, whatever it says.
    this.#confirmed.delete(summary.id);
    if (this.#muted.get(summary.id) !== summary.muted) this.#muted.delete(summary.id);
    // What was heard of before the request is part of the answer; what came since is in `ahead`.
    const head = fetched.ahead.at(-1)?.rev ?? fetched.summary.rev;
    const entry = { ...fetched, head };
    // A direct room without a word is nobody's news yet.
    const hasSomething = summary.kind === "group" || summary.lastMessage !== null;
    const isReached = this.#pages.reaches(summary.id, activityOf(entry.summary));
    const isListed = entry.isListed || (isReached && hasSomething);
    this.#put(summary.id, { ...entry, isListed });
    if (isBehind(entry)) this.#fetches.want(summary.id, AHEAD_WAIT_MS);
  }

  /** The room with what the server answered: asked for anew where that may have been read too early. */
  #taken(summary: RoomSummary): RoomEntry {
    const { id, rev, readSeq } = summary;
    this.#told.add(id);
    const { ownUserId } = this.#parts;
    const before = this.#entries.get(id);
    const muted = this.#muted.get(id) ?? summary.muted;
    const confirmed = this.#confirmed.get(id) ?? 0;
    const answered = withSummary(before, { ...summary, muted }, ownUserId);
    const entry = withReadSeq(answered, ownUserId, confirmed, ownUserId);
    const isBefore = rev < (before?.summary.rev ?? 0);
    const isOlder = isBefore || readSeq < confirmed;
    // Read here, and perhaps never told: the page may have gone first.
    const isUntold = !isBefore && entry.summary.readSeq > Math.max(readSeq, confirmed);
    if (isUntold) this.#reads.mark(id, entry.summary.readSeq);
    const isOutdated = (isOlder && !entry.isCounted) || muted !== summary.muted;
    if (isOutdated) this.#fetches.want(id, AHEAD_WAIT_MS);
    return entry;
  }

  #keepListed(roomIds: ReadonlySet<string>): void {
    for (const [roomId, entry] of this.#entries) {
      if (!entry.isListed) continue;
      if (!roomIds.has(roomId)) this.#unlist(roomId, entry);
      // Kept for what was said meanwhile: no page has told what was missed of it before.
      else if (!this.#told.has(roomId)) this.#fetches.want(roomId, 0);
    }
    this.#elsewhere.settle();
    this.#phase = "ready";
    this.#show();
  }

  /** Left meanwhile, or further back than the list now reaches. It may still be open. */
  #unlist(roomId: string, entry: RoomEntry): void {
    if (!new Set(this.#parts.openRooms()).has(roomId)) {
      if (this.#pages.hasMore) this.#elsewhere.add(entry.summary.unread);
      this.#forget(roomId);
      return;
    }
    this.#entries.set(roomId, { ...entry, isListed: false });
    this.#fetches.want(roomId, 0);
  }

  #left(roomId: string): void {
    this.#pages.left(roomId);
    this.#forget(roomId);
  }

  #forget(roomId: string): void {
    this.#elsewhere.forget(roomId);
    this.#confirmed.delete(roomId);
    this.#muted.delete(roomId);
    if (this.#entries.delete(roomId)) this.#changed(roomId);
  }

  #takePage({ rooms, nextCursor, unreadTotal }: RoomListPage): void {
    for (const summary of rooms) {
      this.#entries.set(summary.id, { ...this.#taken(summary), isListed: true });
      this.#parts.onChanged(summary.id);
    }
    // What has been read here meanwhile the server may not have known yet: its own counts make up its total.
    const inPage = new Set(rooms.map(({ id }) => id));
    const known = [...rooms, ...this.#known().filter(({ id }) => !inPage.has(id))];
    this.#elsewhere.told(nextCursor === null ? unreadOf(known) : unreadTotal, known);
  }

  #refused(): void {
    if (this.#phase === "loading") this.#phase = "failed";
    this.#show();
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

  #known(): RoomSummary[] {
    return [...this.#entries.values()].map(({ summary }) => summary);
  }

  #show(): void {
    if (this.#isStopped) return;
    const rooms = this.#listed().map(({ summary }) => summary);
    this.view.set({
      state: this.#phase,
      rooms: rooms.sort((one, other) => activityOf(other) - activityOf(one)),
      unreadTotal: unreadOf(this.#known()) + this.#elsewhere.count,
      hasMore: this.#pages.hasMore,
      loadingMore: this.#pages.isLoadingMore,
    });
  }
}
