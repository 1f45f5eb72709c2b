import type { Room } from "@moim/protocol";
import type { Logger } from "@moim/service";
import type { Socket } from "socket.io";
import { type Clock, repeat } from "../clock.ts";
import type { Membership } from "../persist/membership.ts";
import {
  MEMBERSHIP_CHANGES_KEPT_MS,
  type MembershipChange,
} from "../persist/membership-changes.ts";
import { roomChannel, roomIdOf } from "../publish/channels.ts";
import { emit } from "../publish/emit.ts";
import type { Connection, Connections } from "./connection.ts";
import type { Subscriptions } from "./subscription.ts";

/** Whom a lost announcement concerns waits for this and the next, and well below the 5 s of a silent gap. */
const POLL_MS = 1_000;
/** The ordinary announcement is given this long before anybody looks for a lost one. */
const SETTLED_AFTER_MS = 1_000;
/** Whoever waits to know who has left goes on without knowing it after this. */
const HEED_TIMEOUT_MS = 500;
/** A change becomes visible at its commit, a little after the time that it carries. */
const OVERLAP_MS = 12_000;
/** Other announcements for a user who was moved are given this long before their rooms are compared. */
const MOVE_SETTLED_MS = 1_000;
const FORGET_MS = 60_000;
const USERS_PER_QUERY = 1_000;

export type MembershipRepairOptions = {
  clock: Clock;
  logger: Logger;
  connections: Connections;
  subscriptions: Subscriptions;
  readChanges(age: { withinMs: number; settledMs: number }): Promise<MembershipChange[]>;
  forgetChanges(): Promise<void>;
  readRooms(pairs: readonly RoomOfUser[]): Promise<{ userId: string; room: Room }[]>;
  /** The newest `rev` of each of these rooms. */
  readHeads(roomIds: readonly string[]): Promise<{ roomId: string; rev: number }[]>;
  /** Has the socket join the room, and see of it what the member may. */
  enter(socket: Socket, roomId: string, historyFromSeq: number): void;
  /** Has the socket, which is in the room, see no more of it than the member may. */
  stay(socket: Socket, roomId: string, historyFromSeq: number): void;
  /** The user has left the room with this `rev` or a later one. */
  onDeparted(departed: RoomOfUser & { rev: number }): void;
  /** Resolves once what is published later reaches this node. */
  subscribed(): Promise<void>;
  onRoomJoined(roomId: string, rev: number): void;
};

type RoomOfUser = { userId: string; roomId: string };

/**
 * Finds changes of membership whose announcement was lost or came too late, whatever the reason, and
 * mends what sockets of this node receive: nobody goes on hearing a room that they were taken out of.
 */
export class MembershipRepair {
  readonly #options: MembershipRepairOptions;
  #seen = new Set<number>();
  /** Users whom announcements have moved, and when the last did. */
  readonly #movedAt = new Map<string, number>();
  #readAt: number;
  #heeding: Promise<boolean> | undefined;
  #heedingNext: Promise<boolean> | undefined;
  #stops: (() => void)[] = [];

  constructor(options: MembershipRepairOptions) {
    this.#options = options;
    this.#readAt = options.clock.now();
  }

  start(): void {
    const { clock } = this.#options;
    this.#stops = [
      repeat(clock, POLL_MS, () => this.#poll()),
      repeat(clock, FORGET_MS, () => this.#forget()),
    ];
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /**
   * Users were brought into rooms, or taken out, on the word of some node. A node that stood still after
   * its commit may say so when a later change has been announced and compared already: hence again.
   */
  noteMoves(userIds: readonly string[]): void {
    const { clock, connections } = this.#options;
    for (const userId of userIds) {
      if (connections.ofUser(userId).length > 0) this.#movedAt.set(userId, clock.now());
    }
  }

  /** All users of this node, after an outage of any length. Rejects when the database is away. */
  async reconcileAll(): Promise<void> {
    const userIds = new Set(this.#options.connections.all().map(({ userId }) => userId));
    await this.#reconcile([...userIds]);
  }

  /**
   * Takes out of rooms, at once, who has left them by now as the database knows it. Resolves to whether
   * that is done. Never rejects; many who ask at once cost one look.
   */
  departuresHeeded(): Promise<boolean> {
    if (this.#heeding) {
      // That one may have begun to read before the departure that the caller is afraid of.
      this.#heedingNext ??= this.#heeding.then(() => {
        this.#heedingNext = undefined;
        return this.departuresHeeded();
      });
      return this.#heedingNext;
    }
    this.#heeding = this.#heedDepartures().finally(() => {
      this.#heeding = undefined;
    });
    return this.#heeding;
  }

  async #heedDepartures(): Promise<boolean> {
    const { clock, logger } = this.#options;
    let cancel = () => {};
    const timeout = new Promise<boolean>((resolve) => {
      cancel = clock.after(HEED_TIMEOUT_MS, () => resolve(false));
    });
    const look = this.#takeOutWhoLeft().catch((error: unknown) => {
      logger.warn({ err: error }, "who has left is not known");
      return false;
    });
    return Promise.race([look, timeout]).finally(cancel);
  }

  async #takeOutWhoLeft(): Promise<boolean> {
    const { clock, connections, readChanges } = this.#options;
    const withinMs = this.#missedMs(clock.now());
    if (withinMs > MEMBERSHIP_CHANGES_KEPT_MS) return false;
    const changes = await readChanges({ withinMs, settledMs: 0 });
    const local = changes.filter(({ userId }) => connections.ofUser(userId).length > 0);
    await this.#reconcile([...new Set(local.map(({ userId }) => userId))], "departures");
    return true;
  }

  /** No less than the overlap, also after the clock on the wall was set back. */
  #missedMs(now: number): number {
    return Math.max(now - this.#readAt, 0) + OVERLAP_MS;
  }

  async #poll(): Promise<void> {
    const { clock, connections, logger, readChanges } = this.#options;
    try {
      const startedAt = clock.now();
      const missedMs = this.#missedMs(startedAt);
      // Rows may be gone by now: compare everybody instead.
      if (missedMs > MEMBERSHIP_CHANGES_KEPT_MS) await this.reconcileAll();
      const changes = await readChanges({ withinMs: missedMs, settledMs: SETTLED_AFTER_MS });
      const unseen = changes.filter(({ id }) => !this.#seen.has(id));
      const local = unseen.filter(({ userId }) => connections.ofUser(userId).length > 0);
      const moved = [...this.#movedAt].filter(([, at]) => startedAt - at >= MOVE_SETTLED_MS);
      const suspects = [...local.map(({ userId }) => userId), ...moved.map(([userId]) => userId)];
      await this.#reconcile([...new Set(suspects)]);
      for (const [userId, at] of moved) {
        if (this.#movedAt.get(userId) === at) this.#movedAt.delete(userId);
      }
      // A socket that is just being subscribed may have read its rooms before: look again.
      const isSettled = ({ userId }: MembershipChange) =>
        connections.ofUser(userId).every(({ isSubscribed }) => isSubscribed);
      this.#seen = new Set(
        changes
          .filter((change) => this.#seen.has(change.id) || isSettled(change))
          .map(({ id }) => id),
      );
      this.#readAt = startedAt;
    } catch (error) {
      logger.warn({ err: error }, "changes of membership not read");
    }
  }

  async #forget(): Promise<void> {
    try {
      await this.#options.forgetChanges();
    } catch (error) {
      this.#options.logger.warn({ err: error }, "old changes of membership not deleted");
    }
  }

  async #reconcile(
    userIds: readonly string[],
    what: "departures" | "everything" = "everything",
  ): Promise<void> {
    const { subscriptions } = this.#options;
    for (let start = 0; start < userIds.length; start += USERS_PER_QUERY) {
      const added: (RoomOfUser & { rev: number })[] = [];
      const removed: RoomOfUser[] = [];
      const some = userIds.slice(start, start + USERS_PER_QUERY);
      // Before memberships: whoever is in a room no more has left it after any join that it counts.
      const heads = await this.#headsOfRoomsHeldBy(some);
      await subscriptions.withSnapshots(some, (userId, memberships) => {
        const difference = this.#mend(userId, memberships, what);
        for (const { roomId } of difference.removed) {
          const rev = heads.get(roomId);
          if (rev !== undefined) this.#options.onDeparted({ userId, roomId, rev: rev + 1 });
        }
        added.push(...difference.added);
        removed.push(...difference.removed);
      });
      await this.#tell(added, removed);
    }
  }

  async #headsOfRoomsHeldBy(userIds: readonly string[]): Promise<Map<string, number>> {
    const { connections, readHeads } = this.#options;
    const held = userIds.flatMap((userId) =>
      connections.ofUser(userId).flatMap((connection) => [...heldRooms(connection)]),
    );
    const heads = held.length > 0 ? await readHeads([...new Set(held)]) : [];
    return new Map(heads.map(({ roomId, rev }) => [roomId, rev]));
  }

  #mend(userId: string, memberships: readonly Membership[], what: "departures" | "everything") {
    const { connections, enter, stay } = this.#options;
    const wanted = new Map(memberships.map((membership) => [membership.roomId, membership]));
    const added = new Map<string, number>();
    const removed = new Set<string>();
    for (const connection of connections.ofUser(userId)) {
      if (!connection.isSubscribed) continue;
      const held = heldRooms(connection);
      for (const roomId of held) {
        if (wanted.has(roomId)) continue;
        connection.socket.leave(roomChannel(roomId));
        removed.add(roomId);
      }
      for (const [roomId, { rev, historyFromSeq }] of wanted) {
        if (held.has(roomId)) {
          // Whoever has left and come back meanwhile sees less of it than before.
          stay(connection.socket, roomId, historyFromSeq);
        } else if (what === "everything") {
          enter(connection.socket, roomId, historyFromSeq);
          added.set(roomId, rev);
        }
      }
    }
    return {
      added: [...added].map(([roomId, rev]) => ({ userId, roomId, rev })),
      removed: [...removed].map((roomId) => ({ userId, roomId })),
    };
  }

  async #tell(
    added: readonly (RoomOfUser & { rev: number })[],
    removed: readonly RoomOfUser[],
  ): Promise<void> {
    if (added.length === 0 && removed.length === 0) return;
    const { logger, onRoomJoined, readRooms, subscribed } = this.#options;
    logger.warn(
      { added: added.length, removed: removed.length },
      "memberships mended: their announcement was lost",
    );
    for (const { userId, roomId } of removed) {
      for (const { socket } of this.#subscribed(userId)) {
        // Others had to be read once more, and they may have come back meanwhile.
        if (socket.rooms.has(roomChannel(roomId))) continue;
        emit(socket, "room:removed", { roomId, reason: "removed" });
      }
    }
    await subscribed();
    for (const { roomId, rev } of added) onRoomJoined(roomId, rev);
    for (const { userId, room } of await readRooms(added)) {
      // A direct room is not listed before something has been said in it.
      if (room.kind === "direct" && room.lastSeq === 0) continue;
      for (const { socket } of this.#subscribed(userId)) {
        // Whoever has left while it was read is told no more of it.
        if (socket.rooms.has(roomChannel(room.id))) emit(socket, "room:added", { room });
      }
    }
  }

  #subscribed(userId: string): Connection[] {
    return this.#options.connections.ofUser(userId).filter(({ isSubscribed }) => isSubscribed);
  }
}

function heldRooms({ socket }: Connection): Set<string> {
  return new Set([...socket.rooms].flatMap((channel) => roomIdOf(channel) ?? []));
}
