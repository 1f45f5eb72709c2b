import type { Message } from "@moim/protocol";
import type { PendingMessage } from "../api.ts";
import { CLOSED_ROOM_MESSAGES_MAX, CLOSED_ROOMS_MAX, OPEN_ROOM_MESSAGES_MAX } from "../bounds.ts";
import type { CachedTimeline } from "../cache/client-cache.ts";
import { RoomTimeline, type RoomTimelineParts } from "./room-timeline.ts";
import { Syncer, type SyncerParts } from "./syncer.ts";

export type TimelinesParts = Pick<SyncerParts, "requests" | "clock" | "random"> & {
  ownUserId: string;
  patientRequests: RoomTimelineParts["patientRequests"];
  /** Messages held of one room at the most; `OPEN_ROOM_MESSAGES_MAX` when left out. */
  messagesMax?: number;
  /** What is held of some room has changed. */
  onHeld(): void;
  /** Nothing of the room may be shown any more. */
  onGone(roomId: string): void;
  pending(roomId: string): readonly PendingMessage[];
  room(roomId: string): ReturnType<RoomTimelineParts["room"]>;
  roomIsCurrent(roomId: string): boolean;
};

/** The rooms whose messages are held: those on the screen, and some that were there lately. */
export class Timelines {
  readonly #parts: TimelinesParts;
  readonly #syncer: Syncer;
  /** By when they were last used, oldest first. */
  readonly #held = new Map<string, RoomTimeline>();
  readonly #uses = new Map<string, number>();
  readonly #remembered = new Map<string, CachedTimeline>();

  constructor(parts: TimelinesParts) {
    this.#parts = parts;
    this.#syncer = new Syncer({
      ...parts,
      revOf: (roomId) => this.#held.get(roomId)?.rev ?? null,
      onSynced: (askedRev, room, isLast) =>
        this.#held.get(room.roomId)?.synced(askedRev, room, isLast),
    });
  }

  /** What is left of last time: shown where nothing better is. */
  remember(timelines: ReadonlyMap<string, CachedTimeline>): void {
    for (const [roomId, timeline] of timelines) {
      this.#remembered.set(roomId, timeline);
      this.#held.get(roomId)?.remember(timeline);
    }
  }

  /** What may be shown next time. */
  toRemember(): readonly CachedTimeline[] {
    const nowMs = this.#parts.clock.now();
    return [...this.#held.values()].flatMap((timeline) => timeline.toRemember(nowMs) ?? []);
  }

  /** On the screen, or lately. */
  get heldRooms(): Iterable<string> {
    return this.#held.keys();
  }

  gone(roomId: string): void {
    const held = this.#held.get(roomId);
    if (held) held.gone();
    else this.#forgetRemembered(roomId);
  }

  get(roomId: string): RoomTimeline | undefined {
    return this.#held.get(roomId);
  }

  /** Each use is ended by one `close`. */
  open(roomId: string): RoomTimeline {
    const held = this.#held.get(roomId);
    const timeline = held ?? this.#create(roomId);
    held?.reopened();
    this.#uses.set(roomId, (this.#uses.get(roomId) ?? 0) + 1);
    this.#held.delete(roomId);
    this.#held.set(roomId, timeline);
    return timeline;
  }

  close(roomId: string): void {
    const uses = (this.#uses.get(roomId) ?? 0) - 1;
    if (uses > 0) return void this.#uses.set(roomId, uses);
    this.#uses.delete(roomId);
    const timeline = this.#held.get(roomId);
    timeline?.trim(CLOSED_ROOM_MESSAGES_MAX);
    // Whoever opens the room next wants to see its newest messages.
    if (timeline?.view.current.hasNewer) this.#drop(roomId);
    this.#dropLongUnused();
  }

  receive(roomId: string, changes: readonly Message[]): void {
    this.#held.get(roomId)?.receive(changes);
  }

  /** Everything held may have missed something. */
  catchUp(): void {
    for (const timeline of this.#held.values()) timeline.catchUp();
  }

  stop(): void {
    this.#syncer.stop();
    for (const timeline of this.#held.values()) timeline.stop();
  }

  /** Empties what is on the screen, for the user it was for has gone. */
  forget(): void {
    for (const timeline of this.#held.values()) timeline.forget();
    this.#held.clear();
  }

  #create(roomId: string): RoomTimeline {
    const {
      pending,
      room,
      roomIsCurrent,
      messagesMax = OPEN_ROOM_MESSAGES_MAX,
      ...parts
    } = this.#parts;
    return new RoomTimeline({
      ...parts,
      roomId,
      messagesMax,
      remembered: this.#remembered.get(roomId),
      onGone: () => this.#forgetRemembered(roomId),
      pending: () => pending(roomId),
      room: () => room(roomId),
      roomIsCurrent: () => roomIsCurrent(roomId),
      wantSync: () => this.#syncer.want(roomId),
    });
  }

  #forgetRemembered(roomId: string): void {
    this.#remembered.delete(roomId);
    this.#parts.onGone(roomId);
  }

  #dropLongUnused(): void {
    const closed = [...this.#held.keys()].filter((roomId) => !this.#uses.has(roomId));
    for (const roomId of closed.slice(0, Math.max(0, closed.length - CLOSED_ROOMS_MAX))) {
      this.#drop(roomId);
    }
  }

  #drop(roomId: string): void {
    this.#held.get(roomId)?.stop();
    this.#held.delete(roomId);
  }
}
