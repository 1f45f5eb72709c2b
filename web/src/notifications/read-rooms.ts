import type { RoomsView } from "@moim/client";

/**
 * Finds the rooms that have been read, here or on another device, since the last look at the room list: what was
 * told of them needs no telling any more. Of other rooms nothing is known for sure: another tab may have heard,
 * and told, of a message that is only on its way to this one.
 */
export class ReadRooms {
  #unread: ReadonlySet<string> = new Set();
  /** Whether those told of before this page was loaded have been looked through. */
  #knowsOlder = false;

  /** Which rooms that is true of; null where there is none. `isCurrent`: the list is no longer that of last time. */
  take(
    { state, rooms }: Pick<RoomsView, "state" | "rooms">,
    isCurrent: boolean,
  ): ((roomId: string) => boolean) | null {
    if (state !== "ready") return null;
    const before = this.#unread;
    const unread = new Set(rooms.filter((room) => room.unread > 0).map(({ id }) => id));
    this.#unread = unread;
    if (isCurrent && !this.#knowsOlder) {
      this.#knowsOlder = true;
      return (roomId) => !unread.has(roomId);
    }
    const read = new Set([...before].filter((roomId) => !unread.has(roomId)));
    return read.size === 0 ? null : (roomId) => read.has(roomId);
  }
}
