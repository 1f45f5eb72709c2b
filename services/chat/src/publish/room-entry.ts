import type { Message, Room } from "@moim/protocol";
import type { Server, Socket } from "socket.io";
import type { Metrics } from "../metrics.ts";
import { roomChannel, userChannel } from "./channels.ts";
import type { OwnWord } from "./cluster-messages.ts";
import { type Departure, Departures, type Removal } from "./departures.ts";
import { emit } from "./emit.ts";
import type { RoomDelivery } from "./room-delivery.ts";
import type { VisibleHistory } from "./visible-history.ts";

/** `historyFromSeq`: the first place that the user may see. */
export type Joining = { userId: string; historyFromSeq: number };

/** Users who join a room of which `rev` was the newest change then. */
export type RoomJoin = { roomId: string; rev: number; joining: readonly Joining[] };

export type RoomEntryOptions = {
  io: Server;
  metrics: Pick<Metrics, "heads">;
  delivery: Pick<RoomDelivery, "begin" | "deliveredRev">;
  history: VisibleHistory;
  /** Users joined or left rooms, on the word of any node. */
  onMoved(userIds: readonly string[]): void;
};

/** Lets sockets of this node into rooms, in such a way that they see what they may and miss nothing. */
export class RoomEntry {
  readonly #options: RoomEntryOptions;
  readonly #departures = new Departures();
  /** Channels of the rooms that sockets are in: each socket in a room holds its channel's name. */
  readonly #channels = new Map<string, string>();

  constructor(options: RoomEntryOptions) {
    this.#options = options;
  }

  /** One socket, by what the database says. */
  enter(socket: Pick<Socket, "id" | "join">, roomId: string, historyFromSeq: number): void {
    this.stay(socket, roomId, historyFromSeq);
    socket.join(this.#channelOf(roomId));
  }

  /** One socket that is in the room: by what the database says it may see no more of it. */
  stay(socket: Pick<Socket, "id">, roomId: string, historyFromSeq: number): void {
    this.#options.history.begins(roomId, socket.id, historyFromSeq);
  }

  /** No socket of the room is left on this node. */
  forget(roomId: string): void {
    this.#channels.delete(roomId);
  }

  /** All sockets of the users, by the word of any node; but for those who have left again since. */
  join(told: RoomJoin): void {
    const { roomId, rev } = told;
    const { delivery, history, io, onMoved } = this.#options;
    const joining = told.joining.filter(({ userId }) => !this.hasLeftSince(roomId, userId, rev));
    if (joining.length === 0) return;
    for (const { userId, historyFromSeq } of joining) {
      for (const socketId of socketsOf(io, userId)) {
        history.begins(roomId, socketId, historyFromSeq);
      }
    }
    const userIds = joining.map(({ userId }) => userId);
    io.local.in(userIds.map(userChannel)).socketsJoin(roomChannel(roomId));
    onMoved(userIds);
    // The newest change then is, as a rule, that of the join: it is still to come.
    delivery.begin(roomId, Math.max(rev - 1, 0));
    this.#tellMissed(roomId, rev, userIds);
  }

  /** The users are told, by another node's word, of a room that is new to them; but for those who have left again. */
  added(userIds: readonly string[], room: Room): void {
    const { io } = this.#options;
    const joined = userIds.filter((userId) => !this.hasLeftSince(room.id, userId, room.rev));
    if (joined.length === 0) return;
    emit(io.local.to(joined.map(userChannel)), "room:added", { room });
    this.told(joined, room);
  }

  /** The users have been told of a room that is new to them, as it was when they joined. */
  told(userIds: readonly string[], room: Pick<Room, "id" | "rev">): void {
    this.#tellMissed(room.id, room.rev, userIds);
  }

  /** Whether the user, who had joined by the time of `rev`, is known here to have left. */
  hasLeftSince(roomId: string, userId: string, rev: number): boolean {
    return this.#departures.isSince(roomId, userId, rev);
  }

  /** By what the database says. No word of a join that is older, and comes only now, lets them in. */
  hasLeft(departure: Pick<Departure, "roomId" | "userId" | "rev">): void {
    this.#departures.note(departure);
  }

  /** By the word of any node. Whoever has come back since stays. */
  leave({ roomId, userId, rev, seq }: Departure): void {
    const { io, onMoved } = this.#options;
    this.#departures.note({ roomId, userId, rev });
    const sockets = this.#socketsFromBefore(roomId, [userId], { seq });
    if (sockets.length > 0) io.local.in(sockets).socketsLeave(roomChannel(roomId));
    onMoved([userId]);
  }

  /**
   * By the word of any node: who is told that they are out, is out, though word of their leaving was lost. Whoever
   * has come back since is not told.
   */
  removed(removal: Removal): void {
    const { roomId, userId, reason } = removal;
    this.leave(removal);
    const { io } = this.#options;
    const back = new Set(socketsInRoom(io, roomId, [userId]));
    const sockets = socketsOf(io, userId).filter((socketId) => !back.has(socketId));
    if (sockets.length > 0) emit(io.local.to(sockets), "room:removed", { roomId, reason });
  }

  /** By the word of any node. Whoever has left meanwhile is told no more of the room, not even what was their own. */
  tell({ userId, roomId, name, payload }: OwnWord): void {
    const { io } = this.#options;
    const sockets = socketsInRoom(io, roomId, [userId]);
    if (sockets.length > 0) emit(io.local.to(sockets), name, payload);
  }

  /**
   * Who left a group by these changes is out of it before they are written: word of it goes another way
   * than they, and may be lost there. Whoever has come back since stays.
   */
  departed(roomId: string, changes: readonly Message[]): void {
    for (const change of changes) {
      const { notice } = change;
      if (notice?.type === "left" || notice?.type === "removed") {
        for (const userId of notice.userIds ?? []) {
          this.#departures.note({ roomId, userId, rev: change.rev });
        }
        this.#takeOut(roomId, notice.userIds ?? [], change, notice.type);
        this.#options.onMoved(notice.userIds ?? []);
      }
    }
  }

  #channelOf(roomId: string): string {
    let channel = this.#channels.get(roomId);
    if (channel === undefined) {
      channel = roomChannel(roomId);
      this.#channels.set(roomId, channel);
    }
    return channel;
  }

  #takeOut(
    roomId: string,
    userIds: readonly string[],
    notice: Message,
    reason: "left" | "removed",
  ): void {
    const { io } = this.#options;
    const sockets = this.#socketsFromBefore(roomId, userIds, notice);
    if (sockets.length === 0) return;
    io.local.in(sockets).socketsLeave(roomChannel(roomId));
    emit(io.local.to(sockets), "room:removed", { roomId, reason });
  }

  /** Their sockets in the room, but for those of whoever came only after the place. */
  #socketsFromBefore(
    roomId: string,
    userIds: readonly string[],
    place: Pick<Message, "seq">,
  ): string[] {
    const { history, io } = this.#options;
    const cameLater = history.hiddenFrom(roomId, [place]);
    return socketsInRoom(io, roomId, userIds).filter((id) => !cameLater.includes(id));
  }

  /**
   * Another node may have committed and announced right after the join, before word of it came here:
   * the room's other sockets have that change, so that nobody would ever find it missing.
   */
  #tellMissed(roomId: string, rev: number, userIds: readonly string[]): void {
    const { delivery, io, metrics } = this.#options;
    const deliveredRev = delivery.deliveredRev(roomId) ?? 0;
    if (deliveredRev <= rev) return;
    const sockets = socketsInRoom(io, roomId, userIds);
    if (sockets.length === 0) return;
    metrics.heads.inc();
    emit(io.local.to(sockets), "room:head", { roomId, rev: deliveredRev });
  }
}

/** The users' sockets of this node that receive the room: whoever has left it must not hear of it. */
function socketsInRoom(io: Server, roomId: string, userIds: readonly string[]): string[] {
  const inRoom = io.of("/").adapter.rooms.get(roomChannel(roomId));
  return userIds
    .flatMap((userId) => socketsOf(io, userId))
    .filter((socketId) => inRoom?.has(socketId));
}

/** The user's sockets of this node. */
function socketsOf(io: Server, userId: string): string[] {
  return [...(io.of("/").adapter.rooms.get(userChannel(userId)) ?? [])];
}
