import type { Message, Room } from "@moim/protocol";
import type { Server, Socket } from "socket.io";
import type { Metrics } from "../metrics.ts";
import { roomChannel, userChannel } from "./channels.ts";
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

  constructor(options: RoomEntryOptions) {
    this.#options = options;
  }

  /** One socket, by what the database says. */
  enter(socket: Pick<Socket, "id" | "join">, roomId: string, historyFromSeq: number): void {
    this.#options.history.begins(roomId, socket.id, historyFromSeq);
    socket.join(roomChannel(roomId));
  }

  /** All sockets of the users, by the word of any node. */
  join({ roomId, rev, joining }: RoomJoin): void {
    const { delivery, history, io, onMoved } = this.#options;
    for (const { userId, historyFromSeq } of joining) {
      for (const socketId of io.of("/").adapter.rooms.get(userChannel(userId)) ?? []) {
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

  /** The users have been told of a room that is new to them, as it was when they joined. */
  told(userIds: readonly string[], room: Pick<Room, "id" | "rev">): void {
    this.#tellMissed(room.id, room.rev, userIds);
  }

  /**
   * Who left a group by these changes is out of it before they are written: word of it goes another way
   * than they, and may be lost there. Whoever has come back since stays.
   */
  departed(roomId: string, changes: readonly Message[]): void {
    for (const change of changes) {
      const { notice } = change;
      if (notice?.type === "left" || notice?.type === "removed") {
        this.#takeOut(roomId, notice.userIds ?? [], change, notice.type);
        this.#options.onMoved(notice.userIds ?? []);
      }
    }
  }

  #takeOut(
    roomId: string,
    userIds: readonly string[],
    notice: Message,
    reason: "left" | "removed",
  ): void {
    const { history, io } = this.#options;
    const cameLater = history.hiddenFrom(roomId, [notice]);
    const sockets = socketsInRoom(io, roomId, userIds).filter((id) => !cameLater.includes(id));
    if (sockets.length === 0) return;
    io.local.in(sockets).socketsLeave(roomChannel(roomId));
    emit(io.local.to(sockets), "room:removed", { roomId, reason });
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
  const { rooms } = io.of("/").adapter;
  const inRoom = rooms.get(roomChannel(roomId));
  return userIds
    .flatMap((userId) => [...(rooms.get(userChannel(userId)) ?? [])])
    .filter((socketId) => inRoom?.has(socketId));
}
