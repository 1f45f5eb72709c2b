import type { Message, Room } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { type Connection, rowsOf } from "./database.ts";
import { roomsForUsers } from "./rooms.ts";
import type { Count } from "./rows.ts";

/** What one commit changed in one room, for those who are to be told. */
export type RoomCommit = {
  roomId: string;
  /** New changes in the order of `rev`, without a gap. */
  changes: Message[];
  /** Messages stored earlier that were sent again. `hiddenFrom`: members who may not see them. */
  repeats: { message: Message; hiddenFrom: string[] }[];
  /** Members in whose list the room newly stands, with the room as each sees it. */
  appearsFor: { userId: string; room: Room }[];
};

/** A direct room stands in a list from its first message on, and again after having been left. */
export async function newlyListed(
  connection: Connection,
  rooms: ReadonlyMap<string, { kind: "direct" | "group" }>,
  fresh: readonly Message[],
): Promise<{ roomId: string; userId: string }[]> {
  const direct = new Map<string, boolean>();
  for (const message of fresh) {
    if (rooms.get(message.roomId)?.kind !== "direct") continue;
    direct.set(message.roomId, direct.get(message.roomId) === true || message.seq === 1);
  }
  if (direct.size === 0) return [];
  const rows = await rowsOf<{ room_id: string; user_id: string }>(
    connection,
    sql`SELECT member.room_id, member.user_id
        FROM unnest(${sql.param([...direct.keys()])}::uuid[],
                    ${sql.param([...direct.values()])}::boolean[]) AS room (id, is_first)
        JOIN chat.members member ON member.room_id = room.id
        WHERE room.is_first OR member.is_hidden`,
  );
  return rows.map((row) => ({ roomId: row.room_id, userId: row.user_id }));
}

/** What one transaction did, room by room. */
export async function describeCommits(
  connection: Connection,
  fresh: readonly Message[],
  repeats: readonly Message[],
  appearing: readonly { roomId: string; userId: string }[],
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
  for (const { message, hiddenFrom } of await withHiddenFrom(connection, repeats)) {
    commitOf(message.roomId).repeats.push({ message, hiddenFrom });
  }
  for (const { userId, room } of await roomsForUsers(connection, appearing)) {
    commitOf(room.id).appearsFor.push({ userId, room });
  }
  return [...commits.values()];
}

/** Who joined after a repeated message was said must not learn of it by the repetition. */
async function withHiddenFrom(
  connection: Connection,
  repeats: readonly Message[],
): Promise<RoomCommit["repeats"]> {
  if (repeats.length === 0) return [];
  const rows = await rowsOf<{ room_id: string; user_id: string; history_from_seq: Count }>(
    connection,
    sql`SELECT room_id, user_id, history_from_seq FROM chat.members
        WHERE room_id = ANY(${sql.param(repeats.map((message) => message.roomId))}::uuid[]) AND history_from_seq > 1`,
  );
  return repeats.map((message) => ({
    message,
    hiddenFrom: rows
      .filter((row) => row.room_id === message.roomId && Number(row.history_from_seq) > message.seq)
      .map((row) => row.user_id),
  }));
}
