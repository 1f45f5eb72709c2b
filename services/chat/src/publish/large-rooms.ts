import { PAGE_LIMITS, type Room } from "@moim/protocol";
import type { Logger } from "@moim/service";
import type { Server } from "socket.io";
import { roomChannel, userIdOf } from "./channels.ts";
import type { RoomEntry } from "./room-entry.ts";

export type LargeRoomsOptions = {
  io: Server;
  logger: Logger;
  /** The room as each of these users sees it; their own entry is missing where they are no members. */
  readRooms(
    pairs: readonly { roomId: string; userId: string }[],
  ): Promise<{ userId: string; room: Room }[]>;
  tell: RoomEntry["tell"];
};

/** A summary shows all members of such a room, so that every member may be told the same. */
export function isShownWhole(room: Room): boolean {
  return room.memberCount <= PAGE_LIMITS.summaryMembers;
}

/**
 * Tells this node's sockets that a room has changed of which a summary shows a part of the members
 * and always one's own entry: each user gets the room as they see it. Read anew on every node, so that
 * one small announcement goes between them; of many changes at once the last is told.
 */
export class LargeRooms {
  readonly #options: LargeRoomsOptions;
  /** Rooms that are being read, and whether they have changed again since. */
  readonly #reading = new Map<string, { isStale: boolean }>();

  constructor(options: LargeRoomsOptions) {
    this.#options = options;
  }

  async changed(roomId: string): Promise<void> {
    const underWay = this.#reading.get(roomId);
    if (underWay) {
      underWay.isStale = true;
      return;
    }
    const reading = { isStale: true };
    this.#reading.set(roomId, reading);
    try {
      while (reading.isStale) {
        reading.isStale = false;
        await this.#tell(roomId);
      }
    } catch (error) {
      // As with any announcement that is lost: the room's list and its time line are fetched anew.
      this.#options.logger.warn({ err: error, roomId }, "a change of a room was not told");
    } finally {
      this.#reading.delete(roomId);
    }
  }

  async #tell(roomId: string): Promise<void> {
    const { readRooms, tell } = this.#options;
    const userIds = this.#usersOf(roomId);
    if (userIds.length === 0) return;
    for (const { userId, room } of await readRooms(userIds.map((userId) => ({ roomId, userId })))) {
      // Who had left has no entry, and is told nothing; nor is who has left by now.
      const isMember = room.members.some((member) => member.userId === userId);
      if (isMember) tell({ userId, roomId, name: "room:changed", payload: { room } });
    }
  }

  /** The users who have a socket of this node in the room. */
  #usersOf(roomId: string): string[] {
    const { adapter, sockets } = this.#options.io.of("/");
    const userIds = new Set<string>();
    for (const socketId of adapter.rooms.get(roomChannel(roomId)) ?? []) {
      for (const channel of sockets.get(socketId)?.rooms ?? []) {
        const userId = userIdOf(channel);
        if (userId !== undefined) userIds.add(userId);
      }
    }
    return [...userIds];
  }
}
