import type { Message, Room } from "@moim/protocol";
import type { Connection } from "./database.ts";
import { roomsForUsers } from "./rooms.ts";

/** Somebody in whose list a room newly stands. */
export type AddedMember = {
  userId: string;
  /** As this member sees it. */
  room: Room;
  /** The first place that they may see. */
  historyFromSeq: number;
};

export type Listed = { roomId: string; userId: string; historyFromSeq: number };

/** What one commit changed in one room, for those who are to be told. */
export type RoomCommit = {
  roomId: string;
  /** New changes in the order of `rev`, without a gap. */
  changes: Message[];
  /** Messages stored earlier that were sent again. */
  repeats: Message[];
  /** Members in whose list the room newly stands. */
  appearsFor: AddedMember[];
};

/** A direct room stands in a list from its first message on, and again after having been left. */
export function newlyListed(
  absent: readonly Listed[],
  fresh: readonly Message[],
): readonly Listed[] {
  if (absent.length === 0) return [];
  const roomIds = new Set(fresh.map((message) => message.roomId));
  return absent.filter(({ roomId }) => roomIds.has(roomId));
}

/** What one transaction did, room by room. */
export async function describeCommits(
  connection: Connection,
  fresh: readonly Message[],
  repeats: readonly Message[],
  appearing: readonly Listed[],
): Promise<RoomCommit[]> {
  const commits = new Map<string, RoomCommit>();
  const commitOf = (roomId: string): RoomCommit => {
    let commit = commits.get(roomId);
    if (!commit) {
      commit = { roomId, changes: [], repeats: [], appearsFor: [] };
      commits.set(roomId, commit);
    }
    return commit;
  };
  for (const message of fresh) commitOf(message.roomId).changes.push(message);
  for (const message of repeats) commitOf(message.roomId).repeats.push(message);
  for (const added of await asAdded(connection, appearing)) {
    commitOf(added.room.id).appearsFor.push(added);
  }
  return [...commits.values()];
}

/** With the room as each sees it. Rooms that do not exist are left out. */
export async function asAdded(
  connection: Connection,
  listed: readonly Listed[],
): Promise<AddedMember[]> {
  const starts = new Map(
    listed.map(({ roomId, userId, historyFromSeq }) => [`${roomId} ${userId}`, historyFromSeq]),
  );
  return (await roomsForUsers(connection, listed)).flatMap(({ userId, room }) => {
    const historyFromSeq = starts.get(`${room.id} ${userId}`);
    return historyFromSeq === undefined ? [] : { userId, room, historyFromSeq };
  });
}
