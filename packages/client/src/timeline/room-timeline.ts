import type { Message, RoomSummary, SyncedRoom } from "@moim/protocol";
import type { PendingMessage, TimelineView } from "../api.ts";
import { backoffMs } from "../backoff.ts";
import { AHEAD_WAIT_MS, BACKOFF_FIRST_MS, TIMELINE_PAGE } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";
import { Value } from "../value.ts";
import { type ItemCache, itemsOf } from "./items.ts";
import {
  fromNewestPage,
  isBehind,
  type Timeline,
  trimmed,
  withChanges,
  withHead,
  withOlderPage,
  withSync,
} from "./timeline.ts";

export type RoomTimelineParts = {
  roomId: string;
  ownUserId: string;
  requests: Requests;
  clock: Clock;
  random: () => number;
  pending(): readonly PendingMessage[];
  room(): RoomSummary | null;
  /** Has the syncer ask for this room. */
  wantSync(): void;
};

/**
 * One room on the screen: the pure timeline, what is on its way to it, and the pending messages.
 * It hears every change from its creation on, and only then reads a page, so that there is no hole
 * between the two.
 */
export class RoomTimeline {
  readonly view: Value<TimelineView>;
  readonly #parts: RoomTimelineParts;
  readonly #items: ItemCache = new WeakMap();
  #phase: TimelineView["state"] = "loading";
  #timeline: Timeline | null = null;
  /** Changes that arrive while pages are on their way, one list for each page. */
  readonly #recordings = new Set<Message[]>();
  /** Acknowledged, but some change before it has not arrived yet. */
  #settling: readonly { pending: PendingMessage; message: Message }[] = [];
  #newest: Promise<void> | null = null;
  #older: Promise<void> | null = null;
  #attempt = 0;
  #syncsWithoutEnd = 0;
  #cancelLoadTimer: () => void = () => {};
  /** Set while a gap is waited for. */
  #cancelGapTimer: (() => void) | null = null;
  /** What `room:head` said while the newest page, perhaps read before, is on its way. */
  #headHeard = 0;
  #mustSync = false;
  /** Counts removals from the room: a page asked for before one is dropped. */
  #era = 0;
  #isStopped = false;

  constructor(parts: RoomTimelineParts) {
    this.#parts = parts;
    this.view = new Value(this.#build());
    void this.#loadNewest();
  }

  /** Up to where this room is complete; null before its first page. */
  get rev(): number | null {
    return this.#timeline?.rev ?? null;
  }

  /** The connection is ready, or the server said that deliveries may have been missed. */
  catchUp(): void {
    // A page on its way may have been read before what was missed.
    if (this.#newest) this.#mustSync = true;
    if (this.#timeline) this.#parts.wantSync();
    else void this.#loadNewest();
  }

  receive(changes: readonly Message[]): void {
    for (const recording of this.#recordings) recording.push(...changes);
    if (this.#timeline) this.#set(withChanges(this.#timeline, changes));
  }

  head(rev: number): void {
    if (this.#newest) this.#headHeard = Math.max(this.#headHeard, rev);
    if (!this.#timeline) return;
    this.#set(withHead(this.#timeline, rev));
    if (isBehind(this.#timeline)) this.#parts.wantSync();
  }

  synced(askedRev: number, answer: SyncedRoom): void {
    // Perhaps a member again by now: the page will tell.
    if ("gone" in answer) return void this.#loadNewest();
    for (const recording of this.#recordings) recording.push(...answer.changes);
    if (!this.#timeline) return;
    const next = withSync(this.#timeline, askedRev, answer);
    if (next === "reload") return void this.#loadNewest();
    this.#syncsWithoutEnd++;
    this.#endGapWait();
    this.#set(next);
    this.#watchGap(next);
  }

  /** The server has acknowledged it: it stays in view until it is part of the timeline. */
  accepted(pending: PendingMessage, message: Message): void {
    this.#settling = [...this.#settling, { pending, message }];
    this.receive([message]);
    this.#show();
  }

  /** The room's summary or its pending messages have changed. */
  refresh(): void {
    this.#show();
  }

  gone(): void {
    this.#era++;
    this.#newest = null;
    this.#timeline = null;
    this.#endGapWait();
    this.#enter("gone");
  }

  /** A member again: what was said meanwhile, and perhaps before, is not for this member. */
  returned(): void {
    if (!this.#timeline) void this.reload();
  }

  async reload(): Promise<void> {
    if (!this.#timeline) this.#enter("loading");
    await this.#loadNewest();
  }

  /** Rejects with `MoimError` when the page could not be had; calling again is fine. */
  loadOlder(): Promise<void> {
    this.#older ??= this.#loadOlder().finally(() => {
      this.#older = null;
      this.#show();
    });
    this.#show();
    return this.#older;
  }

  /** Nobody looks any more. */
  trim(messagesMax: number): void {
    if (this.#timeline) this.#set(trimmed(this.#timeline, messagesMax));
  }

  forget(): void {
    this.#settling = [];
    this.gone();
    this.#isStopped = true;
    this.view.set({ ...this.view.current, state: "gone", items: [], room: null });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelLoadTimer();
    this.#endGapWait();
  }

  #loadNewest(): Promise<void> {
    if (this.#newest) return this.#newest;
    const reading = this.#readNewest().finally(() => {
      if (this.#newest === reading) this.#newest = null;
    });
    this.#newest = reading;
    return reading;
  }

  async #readNewest(): Promise<void> {
    const { roomId, requests } = this.#parts;
    const era = this.#era;
    this.#headHeard = 0;
    this.#mustSync = false;
    const since: Message[] = [];
    this.#recordings.add(since);
    try {
      const page = await requests.request("message:page", { roomId, limit: TIMELINE_PAGE });
      if (this.#isStopped || era !== this.#era) return;
      this.#attempt = 0;
      this.#phase = "ready";
      this.#set(withHead(fromNewestPage(page, since), this.#headHeard));
      if (this.#mustSync) this.#parts.wantSync();
      this.#show();
    } catch (error) {
      if (era === this.#era) this.#afterFailedLoad(MoimError.from(error));
    } finally {
      this.#recordings.delete(since);
    }
  }

  #afterFailedLoad(error: MoimError): void {
    if (this.#isStopped) return;
    if (error.code === "not_found") {
      this.gone();
      return;
    }
    if (!error.retryable) {
      if (!this.#timeline) this.#enter("failed");
      return;
    }
    // Without a connection the next one begins anew.
    if (!this.#parts.requests.isReady()) return;
    const waitMs = backoffMs(this.#attempt++, this.#parts.random);
    this.#cancelLoadTimer();
    this.#cancelLoadTimer = this.#parts.clock.after(
      Math.max(waitMs, error.retryAfterMs ?? 0),
      () => void this.#loadNewest(),
    );
  }

  async #loadOlder(): Promise<void> {
    const { roomId, requests } = this.#parts;
    const before = this.#timeline?.messages[0]?.seq;
    if (before === undefined || !this.#timeline?.hasOlder) return;
    const since: Message[] = [];
    this.#recordings.add(since);
    try {
      const page = await requests.request("message:page", { roomId, before, limit: TIMELINE_PAGE });
      if (this.#timeline) this.#set(withOlderPage(this.#timeline, before, page, since));
    } finally {
      this.#recordings.delete(since);
    }
  }

  #set(timeline: Timeline): void {
    if (timeline === this.#timeline) return;
    this.#timeline = timeline;
    this.#settling = this.#settling.filter(({ message }) => message.rev > timeline.rev);
    this.#watchGap(timeline);
    this.#show();
  }

  /** What is missing usually comes in a moment; otherwise it is fetched, ever more patiently. */
  #watchGap(timeline: Timeline): void {
    if (!isBehind(timeline)) {
      this.#syncsWithoutEnd = 0;
      this.#endGapWait();
      return;
    }
    // Not put off by further changes: a gap in a busy room must not stay open.
    if (this.#cancelGapTimer || this.#isStopped) return;
    const patienceMs = BACKOFF_FIRST_MS * (2 ** Math.min(this.#syncsWithoutEnd, 6) - 1);
    this.#cancelGapTimer = this.#parts.clock.after(AHEAD_WAIT_MS + patienceMs, () => {
      this.#cancelGapTimer = null;
      this.#parts.wantSync();
    });
  }

  #endGapWait(): void {
    this.#cancelGapTimer?.();
    this.#cancelGapTimer = null;
  }

  #enter(phase: TimelineView["state"]): void {
    this.#phase = phase;
    this.#show();
  }

  #show(): void {
    if (!this.#isStopped) this.view.set(this.#build());
  }

  #build(): TimelineView {
    const { ownUserId, pending, room } = this.#parts;
    const waiting = [...this.#settling.map((settling) => settling.pending), ...pending()];
    return {
      state: this.#phase,
      items: itemsOf(this.#timeline?.messages ?? [], waiting, ownUserId, this.#items),
      hasOlder: this.#timeline?.hasOlder ?? false,
      loadingOlder: this.#older !== null,
      room: room(),
    };
  }
}
