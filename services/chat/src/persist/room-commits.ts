import type { Message, Room } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { type Connection, rowsOf } from "./database.ts";
import { roomsForUsers } from "./rooms.ts";
import type { Count } from "./rows.ts";

/** Somebody in whose list a room newly stands. */
export type AddedMember = {
  userId: string;
  /** As this member sees it. */
  room: Room;
  /** The first place that they may see. */
  historyFromSeq: number;
};

type Listed = { roomId: string; userId: string; historyFromSeq: number };

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
export async function newlyListed(
  connection: Connection,
  rooms: ReadonlyMap<string, { kind: "direct" | "group" }>,
  fresh: readonly Message[],
): Promise<Listed[]> {
  const direct = new Map<string, boolean>();
  for (const message of fresh) {
    if (rooms.get(message.roomId)?.kind !== "direct") continue;
    direct.set(message.roomId, direct.get(message.roomId) === true || message.seq === 1);
  }
  if (direct.size === 0) return [];
  const rows = await rowsOf<{ room_id: string; user_id: string; history_from_seq: Count }>(
    connection,
    sql`SELECT member.room_id, member.user_id, member.history_from_seq
        FROM unnest(${sql.param([...direct.keys()])}::uuid[],
                    ${sql.param([...direct.values()])}::boolean[]) AS room (id, is_first)
        JOIN chat.members member ON member.room_id = room.id
        WHERE room.is_first OR member.is_hidden`,
  );
  return rows.map((row) => ({
    roomId: row.room_id,
    userId: row.user_id,
    historyFromSeq: Number(row.history_from_seq),
  }));
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
