import {
  type ChangedRoom,
  type Message,
  PAGE_LIMITS,
  type PayloadOf,
  type Room,
} from "@moim/protocol";
import type { Logger } from "@moim/service";
import type { Server } from "socket.io";
import type { Clock } from "../clock.ts";
import type { Departed } from "../persist/membership.ts";
import type { AddedMember, RoomCommit } from "../persist/room-commits.ts";
import { roomChannel, userChannel } from "./channels.ts";
import type { Cluster } from "./cluster.ts";
import type { AnnouncedChanges, OwnWord } from "./cluster-messages.ts";
import { emit } from "./emit.ts";
import { isShownWhole, type LargeRooms } from "./large-rooms.ts";
import type { RoomDelivery } from "./room-delivery.ts";
import type { RoomEntry, RoomJoin } from "./room-entry.ts";

export type PublisherOptions = {
  io: Server;
  clock: Pick<Clock, "now">;
  logger: Logger;
  cluster: Cluster;
  delivery: RoomDelivery;
  entry: RoomEntry;
  largeRooms: LargeRooms;
  /** Users leave rooms on this node's word. */
  onMoved(userIds: readonly string[]): void;
};

/**
 * Tells members what has been committed: first the sockets of this node, then the others through
 * the cluster. Nothing here waits for Redis, and a lost announcement is healed from the database.
 * Each method is to be called as soon as the commit has been answered: the time of the call is
 * what delivery is measured from.
 */
export class Publisher {
  readonly #io: Server;
  readonly #clock: Pick<Clock, "now">;
  readonly #logger: Logger;
  readonly #cluster: Cluster;
  readonly #delivery: RoomDelivery;
  readonly #entry: RoomEntry;
  readonly #largeRooms: LargeRooms;
  /** Rooms that sockets are just being brought into. */
  readonly #joining = new Map<string, Promise<void>>();
  readonly #onMoved: (userIds: readonly string[]) => void;

  constructor(options: PublisherOptions) {
    const { io, clock, logger, cluster, delivery, entry, largeRooms, onMoved } = options;
    this.#io = io;
    this.#clock = clock;
    this.#logger = logger;
    this.#cluster = cluster;
    this.#delivery = delivery;
    this.#entry = entry;
    this.#largeRooms = largeRooms;
    this.#onMoved = onMoved;
  }

  /** What one group commit stored: per room one packet to each socket. */
  messagesCommitted(commits: readonly RoomCommit[]): void {
    for (const { roomId, changes, repeats, appearsFor } of commits) {
      if (appearsFor.length > 0) void this.#join(roomId, appearsFor);
      for (const message of repeats) {
        this.#announce({ roomId, changes: [message], committedAt: undefined });
      }
      this.timelineChanged(roomId, changes);
    }
  }

  /** The room's next changes, in order of `rev`, from one commit. */
  timelineChanged(roomId: string, changes: readonly Message[]): void {
    if (changes.length === 0) return;
    this.#announce({ roomId, changes, committedAt: this.#clock.now() });
  }

  /**
   * From now on the users' sockets on all nodes receive the room, without it being announced.
   * Resolves once they do.
   */
  async subscribeSilently(join: RoomJoin): Promise<void> {
    this.#entry.join(join);
    this.#cluster.publishJoin(join);
    await this.#cluster.barrier();
  }

  /** New members, on all their devices; then the notice of it to everybody. */
  async membersAdded(
    roomId: string,
    added: readonly AddedMember[],
    notice: Message | null,
  ): Promise<void> {
    const joined = this.#join(roomId, added);
    if (notice) this.timelineChanged(roomId, [notice]);
    await joined;
  }

  /** To all members, each with their own entry in it. */
  roomChanged(room: Room): void {
    if (isShownWhole(room)) {
      emit(this.#io.to(roomChannel(room.id)), "room:changed", { room });
      return;
    }
    void this.#largeRooms.changed(room.id);
    this.#cluster.publishLargeRoomChanged(room);
  }

  /** Tells those who stay, and resolves once no node delivers the room to the user any more. */
  async memberLeft(
    { roomId, userId, reason }: { userId: string } & PayloadOf<"room:removed">,
    { place, told }: Departed,
  ): Promise<void> {
    if (!place) {
      this.#io.in(userChannel(userId)).socketsLeave(roomChannel(roomId));
      this.#onMoved([userId]);
      await this.#cluster.barrier();
      emit(this.#io.to(userChannel(userId)), "room:removed", { roomId, reason });
      return;
    }
    const departure = { roomId, userId, rev: place.rev, seq: place.seq };
    this.#entry.leave(departure);
    this.#cluster.publishLeave(departure);
    // Before the barrier: what is said next follows the notice, and would wait for it.
    if (told) {
      this.timelineChanged(roomId, [told.notice]);
      this.roomChanged(told.room);
    }
    await this.#cluster.barrier();
    this.#entry.removed({ ...departure, reason });
    this.#cluster.publishRemoved({ ...departure, reason });
  }

  /** Lost when it cannot be delivered at once: nothing of it may slow messages down. */
  typing(roomId: string, userId: string, typing: boolean): void {
    const others = this.#io.to(roomChannel(roomId)).except(userChannel(userId)).volatile;
    emit(others, "room:typing", { roomId, userId, typing });
  }

  /** The room as one member sees it, on all of that member's devices. */
  roomChangedFor(userId: string, room: ChangedRoom): void {
    this.#tellOwn({ userId, roomId: room.id, name: "room:changed", payload: { room } });
  }

  /**
   * To all members, or in a large room to the reader's own devices alone: where a thousand read, each
   * message would otherwise be followed by a million packets.
   */
  readMarkMoved(moved: PayloadOf<"room:read">, memberCount: number): void {
    const { roomId, userId } = moved;
    const isLarge = memberCount > PAGE_LIMITS.summaryMembers;
    if (isLarge) this.#tellOwn({ userId, roomId, name: "room:read", payload: moved });
    else emit(this.#io.to(roomChannel(roomId)), "room:read", moved);
  }

  /** Changes of the room wait for it, so that whoever joins gets all that follows `room:added`. Never rejects. */
  async #join(roomId: string, added: readonly AddedMember[]): Promise<void> {
    const [first] = added;
    if (!first) return;
    const join = { roomId, rev: first.room.rev, joining: added };
    const before = this.#joining.get(roomId);
    const joining = Promise.all([before, this.subscribeSilently(join)])
      .then(() => this.#tellAdded(join, added))
      .catch((error: unknown) => this.#notTold(roomId, error));
    this.#joining.set(roomId, joining);
    await joining;
    if (this.#joining.get(roomId) === joining) this.#joining.delete(roomId);
  }

  #tellOwn(word: OwnWord): void {
    this.#entry.tell(word);
    this.#cluster.publishOwnWord(word);
  }

  #tellAdded({ roomId, rev }: RoomJoin, added: readonly AddedMember[]): void {
    for (const { userId, room } of added) {
      if (this.#entry.hasLeftSince(roomId, userId, rev)) continue;
      emit(this.#io.to(userChannel(userId)), "room:added", { room });
      this.#entry.told([userId], room);
    }
  }

  #announce(announced: AnnouncedChanges): void {
    const joining = this.#joining.get(announced.roomId);
    if (joining) void joining.then(() => this.#deliver(announced));
    else this.#deliver(announced);
  }

  #deliver(announced: AnnouncedChanges): void {
    const { roomId, changes, committedAt: at } = announced;
    const commit = at === undefined ? undefined : ({ at, from: "own" } as const);
    try {
      this.#delivery.deliver(roomId, { changes, commit });
      this.#cluster.publishChanges(announced);
    } catch (error) {
      this.#notTold(roomId, error);
    }
  }

  /** It is committed, and heals from the database: no reason to fail a request, let alone to end the node. */
  #notTold(roomId: string, error: unknown): void {
    this.#logger.warn({ err: error, roomId }, "what was committed was not told to everybody");
  }
}
