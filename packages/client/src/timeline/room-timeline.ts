import type { Message, RoomSummary, SyncedRoom } from "@moim/protocol";
import type { PendingMessage, Readable, TimelineView } from "../api.ts";
import {
  CACHED_MESSAGES_MAX,
  WATCHED_ROOM_MESSAGES_KEPT,
  WATCHED_ROOM_MESSAGES_MAX,
} from "../bounds.ts";
import type { CachedTimeline } from "../cache/client-cache.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { Value } from "../value.ts";
import { GapWatch } from "./gap-watch.ts";
import { Items } from "./items.ts";
import { QuotedMessages } from "./quoted-messages.ts";
import { RoomPages } from "./room-pages.ts";
import {
  isBehind,
  messageAt,
  type Timeline,
  withChanges,
  withHead,
  withNewest,
  withSync,
} from "./timeline.ts";

export type RoomTimelineParts = {
  roomId: string;
  ownUserId: string;
  requests: Requests;
  /** Waits for a connection, and repeats what got no answer. */
  patientRequests: Pick<Requests, "request">;
  clock: Clock;
  random: () => number;
  /** Messages held at the most. */
  messagesMax: number;
  pending(): readonly PendingMessage[];
  room(): RoomSummary | null;
  /** Whether that is the server's word of this connection. */
  roomIsCurrent(): boolean;
  /** What is left of last time. */
  remembered: CachedTimeline | undefined;
  /** What is held has changed. */
  onHeld(): void;
  onGone(): void;
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
  readonly #pages: RoomPages;
  readonly #quoted: QuotedMessages;
  readonly #gap: GapWatch;
  readonly #items: Items;
  #phase: TimelineView["state"] = "loading";
  #timeline: Timeline | null = null;
  /** Acknowledged, but some change before it, or the page it is on, has not arrived yet. */
  #settling: readonly { pending: PendingMessage; message: Message }[] = [];
  /** Something was written at an old place, or on the way to one. */
  #wantsNewest = false;
  /** All that was committed before this connection is held, or known to lie beyond the window. */
  #isCurrent = false;
  #isStopped = false;

  constructor(parts: RoomTimelineParts) {
    this.#parts = parts;
    this.#items = new Items(parts.ownUserId);
    this.#gap = new GapWatch(parts.clock, parts.wantSync);
    this.#quoted = new QuotedMessages(parts.roomId, parts.patientRequests);
    this.#pages = new RoomPages({
      ...parts,
      held: () => this.#timeline,
      onLoaded: (timeline, hasGap) => this.#loaded(timeline, hasGap),
      onExtended: (timeline) => this.#set(timeline),
      onGone: () => this.gone(),
      onRefused: () => this.#enter("failed"),
      onProgress: () => this.#show(),
    });
    this.view = new Value(this.#build());
    if (parts.remembered) this.remember(parts.remembered);
    else void this.#pages.loadAnew();
  }

  /** Up to where this room is complete; null before its first page. */
  get rev(): number | null {
    return this.#timeline?.rev ?? null;
  }

  /** Shows what is left of last time, unless there is something better; a sync brings the rest. */
  remember({ rev, messages, hasOlder }: CachedTimeline): void {
    if (this.#timeline || this.#phase !== "loading") return;
    const held = { rev, messages, hasOlder, hasNewer: false, ahead: [], head: rev };
    this.#loaded(held, true);
  }

  /** What may be shown next time; null where the newest messages are not held. */
  toRemember(usedAtMs: number): CachedTimeline | null {
    if (!this.#timeline || this.#timeline.hasNewer) return null;
    const { rev, messages, hasOlder } = withNewest(this.#timeline, CACHED_MESSAGES_MAX);
    return { roomId: this.#parts.roomId, rev, messages, hasOlder, usedAtMs };
  }

  /** The connection is ready, or the server said that deliveries may have been missed. */
  catchUp(): void {
    this.#renewQuotes();
    this.#pages.recordings.addGap();
    this.#isCurrent = false;
    this.#show();
    if (this.#timeline) this.#parts.wantSync();
    if (!this.#timeline) void this.#pages.loadAnew();
    else if (this.#wantsNewest) void this.#pages.loadAnew("newest");
  }

  receive(changes: readonly Message[]): void {
    this.#pages.recordings.addChanges(changes);
    this.#quoted.receive(changes);
    if (this.#timeline) this.#set(withChanges(this.#timeline, changes));
  }

  head(rev: number): void {
    this.#pages.recordings.addHead(rev);
    if (!this.#timeline) return;
    this.#set(withHead(this.#timeline, rev));
    if (isBehind(this.#timeline)) this.#parts.wantSync();
  }

  /** `isLast`: no further answer is to come. */
  synced(askedRev: number, answer: SyncedRoom, isLast: boolean): void {
    // Perhaps a member again by now: the page will tell.
    if ("gone" in answer) return void this.#pages.loadAnew("newest");
    this.#pages.recordings.addChanges(answer.changes);
    this.#quoted.receive(answer.changes);
    if (!this.#timeline) return;
    const next = withSync(this.#timeline, askedRev, answer);
    if (next === "reload") return void this.#pages.loadAnew();
    this.#gap.synced();
    // One that could not be taken, or was perhaps read before this connection, proves nothing.
    if (isLast && next.rev >= answer.rev) this.#isCurrent = !answer.more;
    this.#set(next);
    this.#show();
    this.#watchGap(next);
  }

  /** The server has acknowledged it: it stays in view until it is part of the timeline. */
  accepted(pending: PendingMessage, message: Message): void {
    // No page of a room that is gone will ever show it.
    if (this.#phase !== "gone") this.#settling = [...this.#settling, { pending, message }];
    this.receive([message]);
    this.#show();
  }

  /** The room's summary or its pending messages have changed. */
  refresh(): void {
    this.#show();
  }

  gone(): void {
    this.#pages.giveUp();
    this.#quoted.clear();
    this.#timeline = null;
    this.#wantsNewest = false;
    this.#settling = [];
    this.#gap.closed();
    this.#parts.onGone();
    this.#enter("gone");
  }

  /** A member again: what was said meanwhile, and perhaps before, is not for this member. */
  returned(): void {
    if (this.#timeline) return;
    // A page asked for before may be refused yet, and says nothing of now.
    this.#pages.giveUp();
    void this.reload();
  }

  /** Looked at once more: perhaps a member again since then. */
  reopened(): void {
    if (!this.#timeline) void this.reload();
  }

  async reload(): Promise<void> {
    if (!this.#timeline) this.#enter("loading");
    await this.#pages.loadAnew();
  }

  loadOlder(): Promise<void> {
    return this.#pages.loadOlder();
  }

  loadNewer(): Promise<void> {
    return this.#pages.loadNewer();
  }

  showAround(seq: number): Promise<void> {
    this.#wantsNewest = false;
    this.#dropSettled();
    this.#show();
    return this.#pages.showAround(seq);
  }

  showNewest(): Promise<void> {
    return this.#pages.showNewest();
  }

  /** Whoever writes goes on from the newest message, once it is to be had, with a later connection if need be. */
  wantNewest(): void {
    const isElsewhere = this.#timeline?.hasNewer || this.#pages.isGoingElsewhere;
    if (this.#wantsNewest || !isElsewhere) return;
    this.#wantsNewest = true;
    void this.#pages.loadAnew("newest");
  }

  message(seq: number): Readable<Message | null | undefined> {
    return this.#quoted.get(seq, messageAt(this.#timeline, seq));
  }

  /** Somebody looks at the newest message, and not at what was long before. */
  dropOld(): void {
    const { messages = [], hasNewer = false } = this.#timeline ?? {};
    if (hasNewer || messages.length <= WATCHED_ROOM_MESSAGES_MAX) return;
    this.trim(WATCHED_ROOM_MESSAGES_KEPT);
  }

  /** Nobody looks any more. */
  trim(messagesMax: number): void {
    if (this.#timeline) this.#set(withNewest(this.#timeline, messagesMax));
  }

  forget(): void {
    this.gone();
    this.stop();
    this.view.set({ ...this.view.current, state: "gone", items: [], room: null });
  }

  stop(): void {
    this.#isStopped = true;
    this.#pages.stop();
    this.#gap.stop();
  }

  #loaded(timeline: Timeline, hasGap: boolean): void {
    if (this.#isStopped) return;
    const skipsChanges = timeline.rev > (this.#timeline?.rev ?? 0);
    this.#phase = "ready";
    this.#isCurrent = !hasGap;
    this.#quoted.receive(timeline.messages);
    this.#set(timeline);
    if (skipsChanges) this.#renewQuotes();
    if (hasGap && this.#parts.requests.isReady()) this.#parts.wantSync();
    this.#show();
  }

  /** All but those of which the window shows the same: whatever changes it is told to them, too. */
  #renewQuotes(): void {
    this.#quoted.renew(({ seq, rev }) => messageAt(this.#timeline, seq)?.rev === rev);
  }

  #set(given: Timeline): void {
    if (given === this.#timeline) return;
    const timeline = given.hasNewer ? given : withNewest(given, this.#parts.messagesMax);
    this.#timeline = timeline;
    if (!timeline.hasNewer) this.#wantsNewest = false;
    this.#dropSettled();
    this.#watchGap(timeline);
    this.#show();
    this.#parts.onHeld();
  }

  /** What is beyond the window stays in view only while its page is on the way. */
  #dropSettled(): void {
    const rev = this.#timeline?.rev ?? 0;
    if (!this.#wantsNewest)
      this.#settling = this.#settling.filter(({ message }) => message.rev > rev);
  }

  #watchGap(timeline: Timeline): void {
    if (isBehind(timeline)) this.#gap.open();
    else this.#gap.closed();
  }

  #enter(phase: TimelineView["state"]): void {
    this.#phase = phase;
    this.#show();
  }

  #show(): void {
    if (!this.#isStopped) this.view.set(this.#build());
  }

  #build(): TimelineView {
    const { pending, room } = this.#parts;
    const waiting = [...this.#settling.map((settling) => settling.pending), ...pending()];
    return {
      state: this.#phase,
      items: this.#items.of(this.#timeline?.messages ?? [], waiting),
      hasOlder: this.#timeline?.hasOlder ?? false,
      loadingOlder: this.#pages.isLoadingOlder,
      hasNewer: this.#timeline?.hasNewer ?? false,
      loadingNewer: this.#pages.isLoadingNewer,
      isCurrent: this.#isCurrent && this.#parts.roomIsCurrent(),
      room: room(),
    };
  }
}
