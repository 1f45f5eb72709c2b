import type { RoomsView } from "@moim/client";
import type { Message, RoomSummary } from "@moim/protocol";
import { isLater, type Place } from "./later.ts";

/** Of a room in which nothing has been said. */
const BEGINNING: Place = { seq: 0, createdAt: 0 };

export type Incoming = { room: RoomSummary; message: Message };

/** Where each room of the list stood when it was last looked at. */
type Stand = { places: ReadonlyMap<string, Place>; newestAt: number };

/**
 * Finds what has come in since the last look at the room list: at most the newest message of each
 * room, if it is somebody else's, unread, and the room is not muted. The first look, and pages of
 * older rooms that are loaded later, bring nothing.
 */
export class IncomingMessages {
  readonly #ownUserId: string;
  #stand: Stand | null = null;

  constructor(ownUserId: string) {
    this.#ownUserId = ownUserId;
  }

  take({ state, rooms }: Pick<RoomsView, "state" | "rooms">): Incoming[] {
    if (state !== "ready") return [];
    const before = this.#stand;
    this.#stand = standOf(rooms);
    if (before === null) return [];
    return rooms.flatMap((room) => {
      const message = room.lastMessage;
      return message !== null && this.#isNew(room, message, before) ? [{ room, message }] : [];
    });
  }

  #isNew(room: RoomSummary, message: Message, before: Stand): boolean {
    if (room.muted || room.unread === 0 || message.kind !== "text") return false;
    if (message.senderId === this.#ownUserId || message.deletedAt !== null) return false;
    const place = before.places.get(room.id);
    // By the server's clock alone: a room that was not there is either newer than all or an old page.
    return place === undefined ? message.createdAt > before.newestAt : isLater(message, place);
  }
}

function standOf(rooms: readonly RoomSummary[]): Stand {
  const newest = rooms.map((room) => room.lastMessage?.createdAt ?? 0);
  return {
    places: new Map(rooms.map(({ id, lastMessage }) => [id, lastMessage ?? BEGINNING])),
    newestAt: Math.max(0, ...newest),
  };
}
