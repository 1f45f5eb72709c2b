import type { Message } from "@moim/protocol";

type LateSockets = {
  /** No history of these sockets begins after this place: most changes need no further look. */
  newestStart: number;
  startOf: Map<string, number>;
};

const NOBODY: readonly string[] = [];

/**
 * From which place on each socket of this node may be shown a room's messages. What was committed
 * before somebody joined may be announced after they did, by a node that stood still or of a message
 * that is sent again; and an old message may change at any time. Hence it is decided here, where the
 * sockets are, and when a change is written. Rooms in which all history is everybody's cost nothing.
 */
export class VisibleHistory {
  readonly #rooms = new Map<string, LateSockets>();

  /** The socket joins the room. History only ever begins later: an older join, told late, says nothing. */
  begins(roomId: string, socketId: string, fromSeq: number): void {
    if (fromSeq <= 1) return;
    const room = this.#rooms.get(roomId) ?? { newestStart: 0, startOf: new Map() };
    this.#rooms.set(roomId, room);
    room.startOf.set(socketId, Math.max(fromSeq, room.startOf.get(socketId) ?? 0));
    room.newestStart = Math.max(room.newestStart, fromSeq);
  }

  left(roomId: string, socketId: string): void {
    const room = this.#rooms.get(roomId);
    if (room?.startOf.delete(socketId) && room.startOf.size === 0) this.#rooms.delete(roomId);
  }

  /** The sockets that may not be shown one of the changes. */
  hiddenFrom(roomId: string, changes: readonly Pick<Message, "seq">[]): readonly string[] {
    const room = this.#rooms.get(roomId);
    if (!room) return NOBODY;
    const oldest = changes.reduce((least, { seq }) => Math.min(least, seq), Infinity);
    if (oldest >= room.newestStart) return NOBODY;
    return [...room.startOf].flatMap(([socketId, start]) => (oldest < start ? socketId : []));
  }
}
